/// A line of `merges.txt`: where the two tokens that it joins are spelt in the file.
struct MergeLine {
  let first: Range<Int>
  let second: Range<Int>
  /// Counted from 1, for messages.
  let number: Int

  /// All lines of a file but those that are empty or start with `#version`.
  /// - Throws: when one is not two tokens with one space between them.
  static func all(of text: [UInt8], file: String) throws(TokenizerError) -> [MergeLine] {
    guard !text.isEmpty else { throw .damaged(file: file, problem: "empty; expected two tokens a line") }
    guard String(validating: text, as: UTF8.self) != nil else {
      throw .damaged(file: file, problem: "not valid UTF-8; expected two tokens a line")
    }
    let version = Array("#version".utf8)
    var lines: [MergeLine] = []
    var start = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var lineNumber = 0
    while start < text.count {
      var end = start
      var spaces = 0
      var space = start
      while end < text.count, text[end] != 0x0A {
        if text[end] == 0x20 { (spaces, space) = (spaces + 1, end) }
        end += 1
      }
      let next = end + 1
      if end > start, text[end - 1] == 0x0D { end -= 1 }
      lineNumber += 1
      if end > start, !text[start..<end].starts(with: version) {
        guard spaces == 1 else {
          throw .damaged(file: file, problem: "line \(lineNumber) is not two tokens with one space between them")
        }
        lines.append(MergeLine(first: start..<space, second: (space + 1)..<end, number: lineNumber))
      }
      start = next
    }
    return lines
  }
}
