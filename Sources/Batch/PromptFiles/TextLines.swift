/// The lines of a file with their numbers, trimmed; a mark of byte order and carriage returns are no part of them.
struct TextLines: Sequence {
  struct Line {
    /// Counted from 1.
    let number: Int
    let text: Result<String, LineFault>
  }

  private let contents: [UInt8]
  private let separator: UInt8

  init(_ contents: [UInt8], separator: UInt8) {
    self.contents = contents
    self.separator = separator
  }

  func makeIterator() -> AnyIterator<Line> {
    var rest = contents[...]
    var number = 0
    return AnyIterator {
      guard !rest.isEmpty else { return nil }
      number += 1
      let end = rest.firstIndex(of: separator) ?? rest.endIndex
      let bytes = rest[..<end]
      rest = rest[end...].dropFirst()
      return Line(number: number, text: TextLines.text(bytes, number: number))
    }
  }

  private static func text(_ bytes: ArraySlice<UInt8>, number: Int) -> Result<String, LineFault> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
    // Files that were put together have a mark of byte order before each.
    let unmarked = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
    let trimmed = unmarked.drop(while: isBlank)
    let end = trimmed.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? trimmed.startIndex
    guard let text = String(validating: trimmed[..<end], as: UTF8.self) else {
      return .failure(LineFault(line: number, reason: "This is not UTF-8."))
    }
    return .success(text)
  }
}
