/// What a folded scalar can be part of.
enum ScalarKind: UInt8, Sendable {
  case letter, digit, space, symbol
  /// A letter of a script that writes no spaces between words; each is a word of its own.
  case ideograph
}

/// One small letter, digit, space or symbol, and where it was typed.
struct FoldedScalar: Sendable {
  /// The scalar after folding.
  var value: UInt32
  /// The offset in the UTF-8 of the text as typed where it begins.
  var origin: UInt32
  var kind: ScalarKind
  /// The Latin letter that this letter of another script looks like; 0 when there is none.
  var latinTwin: UInt8 = 0
}

/// A text with one spelling for each letter: capitals, accents, full width, ornamented alphabets, invisible and combining
/// characters are gone. Linear in the length of the text.
struct FoldedText {
  private(set) var scalars: [FoldedScalar] = []
  /// UTF-8 bytes of the text as typed.
  let typedCount: Int
  /// The text holds letters of a non-Latin alphabet that look like no Latin letter, so it is written in that alphabet.
  private(set) var hasOtherAlphabet = false

  init(_ text: String, folding: Folding) {
    let bytes = Array(text.utf8)
    typedCount = bytes.count
    scalars.reserveCapacity(bytes.count)
    var position = 0
    while position < bytes.count {
      let byte = bytes[position]
      if byte == Self.escape, let end = Self.sequenceEnd(bytes, position) {
        position = end
        continue
      }
      if byte < 0x80 {
        let (value, kind) = Folding.ascii[Int(byte)]
        scalars.append(FoldedScalar(value: value, origin: UInt32(position), kind: kind))
        position += 1
        continue
      }
      // A String's UTF-8 is valid, so the first byte tells how many follow.
      let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
      var value = UInt32(byte) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
      for offset in 1..<length { value = value << 6 | UInt32(bytes[position + offset] & 0x3F) }
      append(value, at: UInt32(position), folding: folding)
      position += length
    }
  }

  private static let escape: UInt8 = 0x1B

  /// The end of a terminal's control sequence (ECMA-48: ESC, `[`, parameters, a final byte), which nobody sees.
  private static func sequenceEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
    guard start + 1 < bytes.count, bytes[start + 1] == UInt8(ascii: "[") else { return nil }
    var end = start + 2
    while end < bytes.count, (0x20...0x3F).contains(bytes[end]) { end += 1 }
    return end < bytes.count && (0x40...0x7E).contains(bytes[end]) ? end + 1 : nil
  }

  private mutating func append(_ value: UInt32, at origin: UInt32, folding: Folding) {
    switch folding.fold(value, afterLatin: scalars.last.map { $0.value < 0x80 } ?? true) {
    case .nothing:
      return
    case .one(let scalar, let kind):
      if kind == .letter, scalar >= 0x80 { hasOtherAlphabet = true }
      scalars.append(FoldedScalar(value: scalar, origin: origin, kind: kind))
    case .latinTwin(let scalar, let twin):
      scalars.append(FoldedScalar(value: scalar, origin: origin, kind: .letter, latinTwin: twin))
    case .several(let letters):
      for letter in letters {
        scalars.append(FoldedScalar(value: UInt32(letter), origin: origin, kind: .letter))
      }
    }
  }

  /// The UTF-8 range of the text as typed that the scalars of `range` stand for, invisible characters after them left out.
  func typedRange(_ range: Range<Int>) -> Range<Int> {
    let start = Int(scalars[range.lowerBound].origin)
    var next = range.upperBound
    // Letters that one typed character unfolded into share its origin.
    while next < scalars.count, scalars[next].origin == scalars[range.upperBound - 1].origin { next += 1 }
    return start..<(next < scalars.count ? Int(scalars[next].origin) : typedCount)
  }
}
