import Foundation

/// The records of comma-separated values; those without any cell that says something are left out.
struct CSVRecords {
  private let bytes: [UInt8]
  private let separator: UInt8
  private var position: Int
  private var line = 1

  /// Whether numbers may have a comma where others have a point.
  var hasDecimalCommas: Bool { separator == UInt8(ascii: ";") }

  init(_ contents: [UInt8]) {
    // Line ends of old Macs, which some spreadsheets still write.
    let hasLineFeeds = contents.contains(UInt8(ascii: "\n"))
    bytes = hasLineFeeds ? contents : contents.map { $0 == UInt8(ascii: "\r") ? UInt8(ascii: "\n") : $0 }
    position = contents.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let header = bytes[position...].prefix { $0 != UInt8(ascii: "\n") }
    if let named = Self.namedSeparator(header) {
      separator = named
      position += header.count + 1
      line = 2
    } else {
      let candidates = [UInt8(ascii: ","), UInt8(ascii: "\t"), UInt8(ascii: ";")]
      let unquoted = Self.outsideQuotes(header)
      let counts = candidates.map { candidate in unquoted.count { $0 == candidate } }
      let most = counts.max() ?? 0
      separator = candidates[counts.firstIndex(of: most) ?? 0]
    }
  }

  /// Excel's first line `sep=;`.
  private static func namedSeparator(_ line: ArraySlice<UInt8>) -> UInt8? {
    let text = String(decoding: line, as: UTF8.self).trimmingPrefix("\"").lowercased()
    guard text.hasPrefix("sep="), let separator = text.dropFirst(4).utf8.first else { return nil }
    return separator
  }

  private static func outsideQuotes(_ line: ArraySlice<UInt8>) -> [UInt8] {
    var isQuoted = false
    return line.filter { byte in
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      return !isQuoted
    }
  }

  mutating func next() -> (line: Int, cells: Result<[String], LineFault>)? {
    while position < bytes.count {
      let start = line
      let cells = record(startingAt: start)
      if case .success(let texts) = cells, texts.allSatisfy(\.isEmpty) { continue }
      return (start, cells)
    }
    return nil
  }

  /// A cell while it is read.
  private struct Cell {
    var bytes: [UInt8] = []
    /// Where the text in quotes ends; what follows is blank, or text that was never meant to be in quotes.
    var quotedCount: Int?

    /// Without the blanks around it, but with those in quotes.
    var text: String? {
      let start = quotedCount == nil ? bytes.firstIndex { !Self.isBlank($0) } ?? bytes.endIndex : 0
      let end = bytes.indices.last { $0 < quotedCount ?? 0 || !Self.isBlank(bytes[$0]) }.map { $0 + 1 } ?? start
      let text = String(validating: bytes[start..<max(start, end)], as: UTF8.self)
      // Blanks that do not break, which come with what was copied from web pages.
      return quotedCount == nil ? text?.trimmingCharacters(in: .whitespaces) : text
    }

    var isBlank: Bool { bytes.allSatisfy(Self.isBlank) }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
  }

  /// One record up to and with its line's end.
  private mutating func record(startingAt start: Int) -> Result<[String], LineFault> {
    var cells = [Cell()]
    var isQuoted = false
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      let last = cells.count - 1
      if isQuoted {
        if byte != UInt8(ascii: "\"") {
          cells[last].bytes.append(byte)
        } else if position < bytes.count, bytes[position] == byte {
          cells[last].bytes.append(byte)
          position += 1
        } else {
          isQuoted = false
          cells[last].quotedCount = cells[last].bytes.count
        }
      } else if byte == UInt8(ascii: "\""), cells[last].quotedCount == nil, cells[last].isBlank {
        cells[last].bytes = []
        isQuoted = true
      } else if byte == separator {
        cells.append(Cell())
      } else if byte == UInt8(ascii: "\n") {
        break
      } else if byte != UInt8(ascii: "\r") {
        cells[last].bytes.append(byte)
      }
    }
    if isQuoted { return .failure(LineFault(line: start, reason: "A quote is opened and never closed.")) }
    let texts = cells.map(\.text)
    guard !texts.contains(nil) else { return .failure(LineFault(line: start, reason: "This is not UTF-8.")) }
    return .success(texts.compactMap(\.self))
  }
}
