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
    for line in lines {
      do throws(LineFault) {
        let line = try line.get()
        let identity = Expansion.identity(of: line)
        let occurrence = occurrences[identity, default: 0]
        occurrences[identity] = occurrence + 1
        expanded += try pictures(of: line, identity: [identity, "\(occurrence)"], cells: cells).map { .success($0) }
      } catch {
        expanded.append(.failure(error))
      }
      guard expanded.count <= maximumPictures else {
        throw .request("This is more than \(maximumPictures) pictures; take a smaller grid or file.")
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
    let count = try Expansion.count(of: line)
    var pictures: [ExpandedLine] = []
    for cell in cells {
      var line = line
      for (axis, value) in zip(axes, cell) { axis.apply(value, to: &line) }
      let filling = Filling(line: line, lists: lists)
      func add(_ fields: [Field: String], copy: Int) throws(LineFault) {
        guard pictures.count < maximumPictures else {
          throw LineFault(line: line.line, reason: "This line is more than \(maximumPictures) pictures.")
        }
        var fields = fields
        fields[.count] = nil
        fields[.seed] = "\(try pictureSeed(fields[.seed], identity: identity, copy: copy, line: line.line))"
        pictures.append(
          ExpandedLine(line: line.line, copy: pictures.count + 1, fields: fields, variables: line.variables))
      }
      if takesEveryCombination {
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

  private static func count(of line: PromptLine) throws(LineFault) -> Int {
    guard let text = line.fields[.count] else { return 1 }
    guard let count = Int(text), (1...100_000).contains(count) else {
      throw LineFault(line: line.line, reason: "count \"\(text)\" is not 1 to 100000.")
    }
    return count
  }

  /// The line's own seed plus the copy's number, or one that follows from the line's text.
  private func pictureSeed(_ text: String?, identity: [String], copy: Int, line: Int) throws(LineFault) -> UInt64 {
    guard let text else {
      return Fingerprint.number(of: ["seed", "\(seed)"] + identity + ["\(copy)"]) >> 32
    }
    guard let first = UInt64(text) else {
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
