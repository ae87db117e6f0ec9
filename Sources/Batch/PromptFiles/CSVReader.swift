import System

/// Comma-separated records (RFC 4180) under a header of field names; also with semicolons or tabs.
///
/// An empty cell says nothing. A record may span lines within quotes; its number is that of its first line.
///
/// Written here, not taken from a package: those give up a file at its first bad record or do not tell on which line one
/// began, and `limn batch` names every bad line of a file by its number.
enum CSVReader {
  /// What a column holds.
  enum Column: Equatable {
    case field(Field)
    case variable(String)
  }

  static func read(_ contents: [UInt8], name: String) throws(UserError) -> [Result<PromptLine, LineFault>] {
    var records = Records(contents)
    guard let first = records.next() else { throw .input("\(name) is empty; expected a header that names fields.") }
    let header: [Column]
    do throws(LineFault) {
      header = try columns(first.cells.get(), line: first.line)
    } catch {
      throw .input("\(name), \(error.description)")
    }
    var lines: [Result<PromptLine, LineFault>] = []
    while let record = records.next() {
      do throws(LineFault) {
        lines.append(.success(try prompt(try record.cells.get(), header: header, line: record.line)))
      } catch {
        lines.append(.failure(error))
      }
    }
    return lines
  }

  /// The columns that a line names.
  /// - Throws: ``LineFault`` where one is no field.
  static func header(of line: String) throws(LineFault) -> [Column] {
    var records = Records(Array(line.utf8))
    guard let record = records.next() else { return [] }
    return try columns(record.cells.get(), line: 1)
  }

  private static func columns(_ cells: [String], line: Int) throws(LineFault) -> [Column] {
    var columns: [Column] = []
    for cell in cells.map({ String($0.trimmingBlanks) }) {
      let column: Column
      if cell.hasPrefix("$"), VariableName.isOne(cell.dropFirst()) {
        column = .variable(String(cell.dropFirst()))
      } else if let field = Field(name: cell) {
        column = .field(field)
      } else {
        throw LineFault(
          line: line,
          reason:
            "The header names \"\(cell)\", which is no field; those are the picture and sampling flags of `limn generate`, and $name for variables."
        )
      }
      guard !columns.contains(column) else {
        throw LineFault(line: line, reason: "The header names \"\(cell)\" twice.")
      }
      columns.append(column)
    }
    return columns
  }

  private static func prompt(_ cells: [String], header: [Column], line: Int) throws(LineFault) -> PromptLine {
    guard cells.count == header.count else {
      throw LineFault(line: line, reason: "The record has \(cells.count) cells; the header names \(header.count).")
    }
    var prompt = PromptLine(line: line)
    for (column, cell) in zip(header, cells) where !cell.isEmpty {
      switch column {
      case .field(let field): prompt.fields[field] = cell
      case .variable(let name): prompt.variables[name] = cell
      }
    }
    return prompt
  }

  /// The records of a file; those without any cell are left out.
  private struct Records {
    private let bytes: [UInt8]
    private let separator: UInt8
    private var position: Int
    private var line = 1

    init(_ contents: [UInt8]) {
      bytes = contents
      position = contents.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      let header = contents.prefix { $0 != UInt8(ascii: "\n") }
      let candidates = [UInt8(ascii: ","), UInt8(ascii: "\t"), UInt8(ascii: ";")]
      separator = candidates.first { header.contains($0) } ?? candidates[0]
    }

    mutating func next() -> (line: Int, cells: Result<[String], LineFault>)? {
      while position < bytes.count {
        let start = line
        let cells = record(startingAt: start)
        if case .success([""]) = cells { continue }
        return (start, cells)
      }
      return nil
    }

    /// One record up to and with its line's end.
    private mutating func record(startingAt start: Int) -> Result<[String], LineFault> {
      var cells: [[UInt8]] = [[]]
      var isQuoted = false
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "\n") { line += 1 }
        if isQuoted {
          if byte != UInt8(ascii: "\"") {
            cells[cells.count - 1].append(byte)
          } else if position < bytes.count, bytes[position] == byte {
            cells[cells.count - 1].append(byte)
            position += 1
          } else {
            isQuoted = false
          }
        } else if byte == UInt8(ascii: "\""), cells[cells.count - 1].isEmpty {
          isQuoted = true
        } else if byte == separator {
          cells.append([])
        } else if byte == UInt8(ascii: "\n") {
          break
        } else if byte != UInt8(ascii: "\r") {
          cells[cells.count - 1].append(byte)
        }
      }
      if isQuoted { return .failure(LineFault(line: start, reason: "A quote is opened and never closed.")) }
      let texts = cells.map { String(validating: $0, as: UTF8.self) }
      guard !texts.contains(nil) else { return .failure(LineFault(line: start, reason: "This is not UTF-8.")) }
      return .success(texts.compactMap(\.self))
    }
  }
}
