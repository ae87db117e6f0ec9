/// What a person pressed.
package enum Key: Equatable, Sendable {
  case character(Character)
  case enter, tab, escape, backspace, delete
  case left, right, up, down, home, end, wordLeft, wordRight
  /// A letter with Ctrl, in lower case.
  case control(Character)
  case alt(Character)
  /// Text from the clipboard, as terminals mark it.
  case pasted(String)
  /// A sequence that no key here sends.
  case unknown
}

/// Makes keys of what a terminal sends (ECMA-48, and what xterm sends for keys).
package struct KeyDecoder {
  private var bytes: [UInt8] = []

  package init() {}

  package mutating func add(_ more: some Sequence<UInt8>) { bytes += more }

  /// Whether the beginning of a key waits for its rest.
  package var isWaiting: Bool { !bytes.isEmpty }

  /// The next key; nil where there is none, or its rest has not come yet.
  ///
  /// - Parameter isAll: Whether nothing follows at once, so that an escape is the key itself.
  package mutating func next(isAll: Bool) -> Key? {
    guard let first = bytes.first else { return nil }
    switch first {
    case 0x1B: return escaped(isAll: isAll)
    case 0x0D, 0x0A: return take(1, .enter)
    case 0x09: return take(1, .tab)
    case 0x08, 0x7F: return take(1, .backspace)
    case 1...0x1A: return take(1, .control(Character(Unicode.Scalar(first + 0x60))))
    case ..<0x20: return take(1, .unknown)
    default: return character(isAll: isAll)
    }
  }

  private mutating func take(_ count: Int, _ key: Key) -> Key {
    bytes.removeFirst(count)
    return key
  }

  /// A character of UTF-8; what is none becomes U+FFFD.
  private mutating func character(isAll: Bool) -> Key? {
    let length =
      switch bytes[0] {
      case ..<0x80: 1
      case 0xC2..<0xE0: 2
      case 0xE0..<0xF0: 3
      case 0xF0..<0xF5: 4
      default: 1
      }
    guard bytes.count >= length || isAll else { return nil }
    let text = String(decoding: bytes.prefix(length), as: UTF8.self)
    return take(min(length, bytes.count), .character(text.first ?? "\u{FFFD}"))
  }

  private mutating func escaped(isAll: Bool) -> Key? {
    guard bytes.count > 1 else { return isAll ? take(1, .escape) : nil }
    switch bytes[1] {
    case UInt8(ascii: "["): return sequence(isAll: isAll)
    case UInt8(ascii: "O"):
      guard bytes.count > 2 else { return isAll ? take(2, .unknown) : nil }
      return take(3, KeyDecoder.named(bytes[2], ""))
    case 0x7F, 0x08: return take(2, .control("w"))
    case 0x20..<0x7F: return take(2, .alt(Character(Unicode.Scalar(bytes[1]))))
    default: return take(1, .escape)
    }
  }

  /// `ESC [ parameters final`
  private mutating func sequence(isAll: Bool) -> Key? {
    guard let end = bytes.indices.dropFirst(2).first(where: { (0x40...0x7E).contains(bytes[$0]) }) else {
      // Nothing that long is a key.
      return isAll || bytes.count > 32 ? take(bytes.count, .unknown) : nil
    }
    let parameters = String(decoding: bytes[2..<end], as: UTF8.self)
    guard parameters != "200" || bytes[end] != UInt8(ascii: "~") else { return pasted(from: end + 1) }
    let key = KeyDecoder.named(bytes[end], parameters)
    return take(end + 1, key)
  }

  private mutating func pasted(from start: Int) -> Key? {
    let mark = Array("\u{1B}[201~".utf8)
    guard let end = bytes[start...].indices.first(where: { bytes[$0...].starts(with: mark) }) else { return nil }
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    return take(end + mark.count, .pasted(text))
  }

  private static func named(_ final: UInt8, _ parameters: String) -> Key {
    // `1;5` is Ctrl with a key, `1;3` Alt.
    let hasModifier = [";5", ";3"].contains { parameters.hasSuffix($0) }
    switch (Character(Unicode.Scalar(final)), parameters.prefix { $0 != ";" }) {
    case ("A", _): return .up
    case ("B", _): return .down
    case ("C", _): return hasModifier ? .wordRight : .right
    case ("D", _): return hasModifier ? .wordLeft : .left
    case ("H", _), ("~", "1"), ("~", "7"): return .home
    case ("F", _), ("~", "4"), ("~", "8"): return .end
    case ("~", "3"): return .delete
    default: return .unknown
    }
  }
}
