/// The brackets and weights of the weighted prompt syntax (`(word:1.3)`, `[word]`), which are gone when a prompt is read.
enum PromptBrackets {
  private static let opening = Set("([{".utf8)
  private static let closing = Set(")]}".utf8)

  /// The text without them; nil where none stands within or beside a letter that others join across it.
  static func removed(from text: String) -> String? {
    let typed = Array(text.utf8)
    guard typed.contains(where: { opening.contains($0) || closing.contains($0) }) else { return nil }
    var plain: [UInt8] = []
    var joins = false
    var position = 0
    while position < typed.count {
      let byte = typed[position]
      guard opening.contains(byte) || closing.contains(byte) else {
        plain.append(byte)
        position += 1
        continue
      }
      if closing.contains(byte) { plain.removeLast(weightLength(plain)) }
      if let before = plain.last, position + 1 < typed.count, isLetter(before), isLetter(typed[position + 1]) {
        joins = true
      }
      position += 1
    }
    return joins ? String(decoding: plain, as: UTF8.self) : nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte >= 0x80 }

  /// Bytes of `:1.3` at the end.
  private static func weightLength(_ text: [UInt8]) -> Int {
    let digits = text.suffix(6).reversed().prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }.count
    guard digits > 0, text.count > digits, text[text.count - digits - 1] == UInt8(ascii: ":") else { return 0 }
    return digits + 1
  }
}
