/// The elements of a JSON array, or several values one after another, that span lines as they like.
struct JSONPieces: Sequence {
  private let pieces: [TextLines.Line]

  /// Whether a file is no JSON a line: it begins with an array, or with an object that its first line does not close.
  static func isNeeded(_ contents: [UInt8]) -> Bool {
    var start = contents[...]
    if start.starts(with: [0xEF, 0xBB, 0xBF]) { start = start.dropFirst(3) }
    start = start.drop { isBlank($0) }
    if start.first == UInt8(ascii: "[") { return true }
    let first = start.prefix { $0 != UInt8(ascii: "\n") }.filter { !isBlank($0) }
    return first == [UInt8(ascii: "{")] || first.first == UInt8(ascii: "{") && first.last == UInt8(ascii: ",")
  }

  init(_ contents: [UInt8]) {
    var pieces: [TextLines.Line] = []
    var rest = contents.starts(with: [0xEF, 0xBB, 0xBF]) ? contents.dropFirst(3) : contents[...]
    var line = 1
    func skip(_ isSkipped: (UInt8) -> Bool) {
      while let byte = rest.first, isSkipped(byte) {
        if byte == UInt8(ascii: "\n") { line += 1 }
        rest.removeFirst()
      }
    }
    skip(Self.isBlank)
    let isArray = rest.first == UInt8(ascii: "[")
    if isArray { rest.removeFirst() }
    skip { Self.isBlank($0) || $0 == UInt8(ascii: ",") }
    while !rest.isEmpty {
      if isArray, rest.first == UInt8(ascii: "]") {
        rest.removeFirst()
        skip(Self.isBlank)
        if !rest.isEmpty { pieces.append(Self.fault("Something follows the end of the JSON array.", line: line)) }
        break
      }
      guard let end = Self.endOfValue(rest) else {
        pieces.append(Self.fault("This JSON value is never closed.", line: line))
        break
      }
      let text = String(validating: rest[..<end], as: UTF8.self)
      pieces.append(
        text.map { TextLines.Line(number: line, text: .success($0)) } ?? Self.fault("This is not UTF-8.", line: line))
      line += rest[..<end].count { $0 == UInt8(ascii: "\n") }
      rest = rest[end...]
      skip { Self.isBlank($0) || $0 == UInt8(ascii: ",") }
      if rest.isEmpty, isArray { pieces.append(Self.fault("The JSON array is never closed.", line: line)) }
    }
    self.pieces = pieces
  }

  func makeIterator() -> IndexingIterator<[TextLines.Line]> { pieces.makeIterator() }

  private static func fault(_ reason: String, line: Int) -> TextLines.Line {
    TextLines.Line(number: line, text: .failure(LineFault(line: line, reason: reason)))
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  /// Behind the value that `bytes` begins with; nil where it is not closed.
  private static func endOfValue(_ bytes: ArraySlice<UInt8>) -> Int? {
    var depth = 0
    var isQuoted = false
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      if isQuoted {
        if byte == UInt8(ascii: "\\") { index += 1 }
        if byte == UInt8(ascii: "\"") { isQuoted = false }
      } else if byte == UInt8(ascii: "\"") {
        isQuoted = true
      } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
        depth += 1
      } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
        // The end of the array around a number or word.
        if depth == 0 { return index > bytes.startIndex ? index : index + 1 }
        depth -= 1
      } else if depth == 0, byte == UInt8(ascii: ",") || isBlank(byte) {
        return index
      }
      index += 1
      if depth == 0, !isQuoted, "}]\"".utf8.contains(byte) { return Swift.min(index, bytes.endIndex) }
    }
    return depth == 0 && !isQuoted ? bytes.endIndex : nil
  }
}
