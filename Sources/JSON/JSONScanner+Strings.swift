extension JSONScanner {
  /// Reads a string of valid UTF-8.
  package mutating func string() throws(JSONFault) -> String {
    try expect("\"")
    let start = position
    var unescaped: [UInt8] = []
    /// What lies before is in `unescaped`.
    var pending = start
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        defer { position += 1 }
        // Most strings have no escapes and are made from the text as it lies there.
        if unescaped.isEmpty { return try text(bytes.span.extracting(start..<position), from: start) }
        unescaped += bytes[pending..<position]
        return try text(unescaped.span, from: start)
      case UInt8(ascii: "\\"):
        unescaped += bytes[pending..<position]
        try escape(into: &unescaped)
        pending = position
      case 0..<0x20: throw fault("no control character was expected")
      default: position += 1
      }
    }
    throw fault("the end of a string was expected")
  }

  private func text(_ content: Span<UInt8>, from start: Int) throws(JSONFault) -> String {
    do {
      return String(copying: try UTF8Span(validating: content))
    } catch {
      throw fault("valid UTF-8 was expected in the string", at: start)
    }
  }

  /// Takes a backslash and what belongs to it, and appends the UTF-8 of what they stand for.
  private mutating func escape(into text: inout [UInt8]) throws(JSONFault) {
    let start = position
    position += 1
    if takeAtOnce("u") {
      guard let scalar = escapedScalar() else { throw fault("a valid escape was expected", at: start) }
      text += String(scalar).utf8
    } else {
      guard position < bytes.count, let meant = JSONScanner.meaning(of: bytes[position]) else {
        throw fault("a valid escape was expected", at: start)
      }
      text.append(meant)
      position += 1
    }
  }

  private static func meaning(of letter: UInt8) -> UInt8? {
    switch Unicode.Scalar(letter) {
    case "\"", "\\", "/": letter
    case "b": 0x08
    case "f": 0x0C
    case "n": 0x0A
    case "r": 0x0D
    case "t": 0x09
    default: nil
    }
  }

  /// Takes what follows `\u`, with the second half of a surrogate pair; nil where that is no character.
  private mutating func escapedScalar() -> Unicode.Scalar? {
    guard let first = codeUnit() else { return nil }
    guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) }
    guard takeAtOnce("\\"), takeAtOnce("u"), let second = codeUnit(), UTF16.isTrailSurrogate(second) else { return nil }
    return Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
  }

  /// Takes four hexadecimal digits.
  private mutating func codeUnit() -> UInt16? {
    guard position + 4 <= bytes.count else { return nil }
    var unit: UInt16 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      unit = unit << 4 | UInt16(digit)
    }
    position += 4
    return unit
  }
}
