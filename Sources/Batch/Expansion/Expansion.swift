import Painting
import System

/// How lines become pictures. The same lines and settings always become the same pictures, and a line that is added or
/// removed changes no other.
package struct Expansion: Sendable {
  /// Values for what a line leaves open.
  private var defaults = PromptLine(line: 0)
  package var axes: [GridAxis] = []
  package var lists = WildcardLists(folder: nil)
  /// Whether a line becomes all its combinations of choices rather than one.
  package var takesEveryCombination = false
  /// Another number makes other choices and other seeds.
  package var seed: UInt64 = 0

  package var maximumPictures = 1_000_000
  /// Bytes of all texts of all pictures.
  private static let maximumBytes = 512 << 20

  package init() {}

  /// Takes `field=value` or `$name=value` as a default.
  package mutating func setDefault(_ text: String) throws(UserError) {
    guard let equals = text.firstIndex(of: "=") else { throw .request("--set \(text) is not field=value.") }
    do throws(LineFault) {
      try defaults.set(String(text[..<equals]), to: String(text[equals...].dropFirst()))
    } catch {
      throw .request("--set \(text): \(error.reason)")
    }
  }

  /// The pictures of all lines in order: lines, then grid cells (the last axis fastest), then combinations, then counts.
  /// What is wrong with a line stands in its place.
  package func expand(_ lines: [Result<PromptLine, LineFault>]) throws(UserError) -> [Result<ExpandedLine, LineFault>] {
    var occurrences: [String: Int] = [:]
    var expanded: [Result<ExpandedLine, LineFault>] = []
    let cells = try gridCells()
    var bytes = 0
    for line in lines {
      do throws(LineFault) {
        let line = try line.get()
        let identity = Expansion.identity(of: line)
        let occurrence = occurrences[identity, default: 0]
        occurrences[identity] = occurrence + 1
        let pictures = try pictures(of: line, identity: [identity, "\(occurrence)"], cells: cells)
        for picture in pictures { bytes += picture.fields.values.reduce(0) { $0 + $1.utf8.count } }
        expanded += pictures.map { .success($0) }
      } catch {
        expanded.append(.failure(error))
      }
      guard expanded.count <= maximumPictures else {
        throw .request("This is more than \(maximumPictures) pictures; take a smaller grid or file.")
      }
      guard bytes <= Expansion.maximumBytes else {
        throw .request("The prompts of all pictures are longer than \(Expansion.maximumBytes >> 20) MiB.")
      }
    }
    return expanded
  }

  /// A value for each axis, for each cell of the grid; one empty cell where there is no grid.
  private func gridCells() throws(UserError) -> [[String]] {
    var cells: [[String]] = [[]]
    for axis in axes {
      guard cells.count * axis.values.count <= maximumPictures else {
        throw .request("The grid has more than \(maximumPictures) cells.")
      }
      cells = cells.flatMap { cell in axis.values.map { cell + [$0] } }
    }
    return cells
  }

  private func pictures(of line: PromptLine, identity: [String], cells: [[String]]) throws(LineFault) -> [ExpandedLine]
  {
    var line = line
    line.fields.merge(defaults.fields) { own, _ in own }
    line.variables.merge(defaults.variables) { own, _ in own }
    let seeds = Expansion.seeds(of: line)
    let count = try Expansion.count(of: line, seeds: seeds.count)
    var pictures: [ExpandedLine] = []
    var bytes = 0
    for cell in cells {
      var line = line
      for (axis, value) in zip(axes, cell) { axis.apply(value, to: &line) }
      let filling = Filling(line: line, lists: lists)
      func add(_ fields: [Field: String], copy: Int) throws(LineFault) {
        bytes += fields.values.reduce(0) { $0 + $1.utf8.count }
        guard pictures.count < maximumPictures, bytes <= Expansion.maximumBytes else { throw tooMany(line) }
        var fields = fields
        fields[.count] = nil
        let isList = seeds.count > 1
        let seed = try pictureSeed(
          isList ? seeds[copy] : fields[.seed], identity: identity, copy: isList ? 0 : copy, line: line.line)
        fields[.seed] = "\(seed)"
        pictures.append(
          ExpandedLine(line: line.line, copy: pictures.count + 1, fields: fields, variables: line.variables))
      }
      if takesEveryCombination {
        let combinations = try filling.combinations(limit: maximumPictures + 1)
        guard combinations * count <= maximumPictures else { throw tooMany(line) }
        var chooser = CountingChooser()
        repeat {
          let fields = try filling.fields(&chooser)
          for copy in 0..<count { try add(fields, copy: copy) }
        } while chooser.advance()
      } else {
        for copy in 0..<count {
          // Cells of a grid differ in nothing but the grid: neither choices nor seeds follow from the cell.
          var chooser = SeededChooser(seed: Fingerprint.number(of: ["choices", "\(seed)"] + identity + ["\(copy)"]))
          try add(try filling.fields(&chooser), copy: copy)
        }
      }
    }
    return pictures
  }

  private func tooMany(_ line: PromptLine) -> LineFault {
    LineFault(line: line.line, reason: "This line is more than \(maximumPictures) pictures.")
  }

  /// kohya's list of seeds, "4,5": a picture for each.
  private static func seeds(of line: PromptLine) -> [String] {
    line.fields[.seed]?.split(separator: ",").map { String($0.trimmingBlanks) } ?? []
  }

  private static func count(of line: PromptLine, seeds: Int) throws(LineFault) -> Int {
    let text = line.fields[.count]
    guard let count = text.map({ Int(setting: $0) }) ?? 1, (1...100_000).contains(count) else {
      throw LineFault(line: line.line, reason: "count \"\(text ?? "")\" is not 1 to 100000.")
    }
    let all = count * line.copies
    guard seeds > 1 else { return all }
    guard all == 1 || all == seeds else {
      throw LineFault(line: line.line, reason: "seed names \(seeds) numbers for \(all) pictures.")
    }
    return seeds
  }

  /// The line's own seed plus the copy's number, or one that follows from the line's text.
  private func pictureSeed(_ text: String?, identity: [String], copy: Int, line: Int) throws(LineFault) -> UInt64 {
    guard let text, !Setting.isOpenSeed(text) else {
      return Fingerprint.number(of: ["seed", "\(seed)"] + identity + ["\(copy)"]) >> 32
    }
    guard let first = UInt64(setting: text) else {
      throw LineFault(line: line, reason: "seed \"\(text)\" is not a number from 0 to \(UInt64.max).")
    }
    let (seed, overflows) = first.addingReportingOverflow(UInt64(copy))
    guard !overflows else { throw LineFault(line: line, reason: "seed \(first) leaves no room for the line's count.") }
    return seed
  }

  /// What a line says, in one text.
  private static func identity(of line: PromptLine) -> String {
    let fields = line.fields.map { "\($0.key.rawValue)=\($0.value)" }.sorted()
    return Fingerprint.digits(of: fields + line.variables.map { "$\($0.key)=\($0.value)" }.sorted())
  }
}
