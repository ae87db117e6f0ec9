import System

/// Comma-separated records (RFC 4180) under a header of field names; also with semicolons or tabs.
///
/// An empty cell says nothing, blanks around a cell are no part of it. A record may span lines within quotes; its number is
/// that of its first line. Excel's `sep=;` on the first line names the separator. Columns that are no fields of limn's are
/// kept as variables.
///
/// Written here, not taken from a package: those give up a file at its first bad record or do not tell on which line one
/// began, and `limn batch` names every bad line of a file by its number.
enum CSVReader {
  /// What a column holds.
  enum Column: Equatable {
    case field(Field)
    case variable(String)
    /// Without a name; there are only empty cells below it.
    case unnamed
  }

  /// - Returns: The lines, and the columns that are no fields with the variables that they became.
  static func read(
    _ contents: [UInt8], name: String
  ) throws(UserError) -> (lines: [Result<PromptLine, LineFault>], others: [(column: String, variable: String)]) {
    var records = CSVRecords(contents)
    guard let first = records.next() else { throw .input("\(name) is empty; expected a header that names fields.") }
    let header: [Column]
    var others: [(column: String, variable: String)] = []
    do throws(LineFault) {
      header = try columns(first.cells.get(), line: first.line, others: &others)
    } catch {
      throw .input("\(name), \(error.description)")
    }
    var lines: [Result<PromptLine, LineFault>] = []
    while let record = records.next() {
      try PromptFile.checkCount(lines.count, name: name)
      do throws(LineFault) {
        let cells = try record.cells.get()
        lines.append(.success(try prompt(cells, header: header, line: record.line, records.hasDecimalCommas)))
      } catch {
        lines.append(.failure(error))
      }
    }
    return (lines, others)
  }

  /// Whether a line is a header that names the prompt and nothing but fields.
  static func isHeader(_ line: String) -> Bool {
    var records = CSVRecords(Array(line.utf8))
    guard let cells = try? records.next()?.cells.get() else { return false }
    var others: [(column: String, variable: String)] = []
    guard let columns = try? columns(cells, line: 1, others: &others) else { return false }
    return others.isEmpty && columns.contains(.field(.prompt))
  }

  private static func columns(
    _ cells: [String], line: Int, others: inout [(column: String, variable: String)]
  ) throws(LineFault) -> [Column] {
    var columns: [Column] = []
    for cell in cells {
      let column: Column
      if cell.isEmpty {
        column = .unnamed
      } else if cell.hasPrefix("$"), VariableName.isOne(cell.dropFirst()) {
        column = .variable(String(cell.dropFirst()))
      } else if let field = Field(name: cell) {
        column = .field(field)
      } else {
        let name = String(decoding: cell.utf8.map { VariableName.isPart($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
        column = .variable(name)
        others.append((cell, name))
      }
      guard column == .unnamed || !columns.contains(column) else {
        throw LineFault(line: line, reason: "The header names \"\(cell)\" twice.")
      }
      columns.append(column)
    }
    return columns
  }

  private static func prompt(
    _ cells: [String], header: [Column], line: Int, _ hasDecimalCommas: Bool
  ) throws(LineFault) -> PromptLine {
    guard cells.count <= header.count || cells[header.count...].allSatisfy(\.isEmpty) else {
      throw LineFault(line: line, reason: "The record has \(cells.count) cells; the header names \(header.count).")
    }
    var prompt = PromptLine(line: line)
    for (index, (column, cell)) in zip(header, cells).enumerated() where !cell.isEmpty {
      switch column {
      case .field(let field): prompt.fields[field] = hasDecimalCommas ? number(cell, of: field) : cell
      case .variable(let name): prompt.variables[name] = cell
      case .unnamed:
        throw LineFault(line: line, reason: "Cell \(index + 1) says something, and the header names no column there.")
      }
    }
    return prompt
  }

  /// Where cells are parted by semicolons, spreadsheets write 7,5 for 7.5.
  private static func number(_ cell: String, of field: Field) -> String {
    guard field.isNumber, cell.wholeMatch(of: /-?[0-9]+,[0-9]+/) != nil else { return cell }
    return cell.replacing(",", with: ".")
  }
}
