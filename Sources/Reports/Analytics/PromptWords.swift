/// The words of a prompt, for counting.
enum PromptWords {
  private static let longest = 40

  /// Words that say nothing of a picture.
  private static let empty: Set<String> = [
    "a", "an", "and", "are", "as", "at", "by", "for", "from", "has", "his", "her", "in", "into", "is", "it", "its",
    "of",
    "on", "or", "that", "the", "their", "this", "to", "with",
  ]

  /// Each word once, in lower case, without numbers and weights: `(Red:1.3) fox, 4k` gives red, fox, 4k.
  static func words(of prompt: String) -> Set<String> {
    let pieces = prompt.utf8.allSatisfy { $0 < 0x80 } ? plainPieces(prompt) : pieces(prompt)
    return Set(pieces.filter { $0.contains(where: \.isLetter) && !empty.contains($0) && $0.count <= longest })
  }

  private static func pieces(_ prompt: String) -> [String] {
    prompt.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "'" || $0 == "’" || $0 == "-") }
      .map { String($0.drop { !$0.isLetter && !$0.isNumber }) }
  }

  /// The same for ASCII, many times as fast.
  private static func plainPieces(_ prompt: String) -> [String] {
    var pieces: [String] = []
    var piece: [UInt8] = []
    func isWord(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      default: false
      }
    }
    for byte in prompt.utf8 {
      let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
      let isInner = lower == UInt8(ascii: "'") || lower == UInt8(ascii: "-")
      if isWord(lower) || isInner && !piece.isEmpty {
        piece.append(lower)
      } else if !isInner, !piece.isEmpty {
        pieces.append(String(decoding: piece, as: UTF8.self))
        piece.removeAll(keepingCapacity: true)
      }
    }
    if !piece.isEmpty { pieces.append(String(decoding: piece, as: UTF8.self)) }
    return pieces
  }
}
