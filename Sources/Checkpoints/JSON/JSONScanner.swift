/// Reads JSON (RFC 8259) from front to back without building a tree, for headers that nobody vouches for.
///
/// It never recurses deeper than `deepest`, never allocates more than a small multiple of the text, and reads no number
/// that does not fit. Every fault names the byte where it was found.
struct JSONScanner {
  /// Why the text is not the JSON that was expected; the end of a sentence.
  struct Fault: Error {
    let problem: String
  }

  static let deepest = 64

  private let bytes: [UInt8]
  private(set) var position = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next byte that is not white space, without taking it; nil at the end.
  mutating func peek() -> UInt8? {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      case let byte: return byte
      }
    }
    return nil
  }

  /// Takes `byte` if it comes next.
  mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(Fault) {
    guard take(UInt8(ascii: character)) else { throw fault("`\(character)` was expected") }
  }

  func fault(_ problem: String) -> Fault {
    Fault(problem: position < bytes.count ? "\(problem) at byte \(position)" : "it ends where \(problem)")
  }

  /// Takes the text's end, after white space only.
  mutating func expectEnd() throws(Fault) {
    if peek() != nil { throw fault("nothing more was expected") }
  }

  /// Reads an object; `read` takes the value of each member.
  mutating func members(_ read: (String, inout JSONScanner) throws(Fault) -> Void) throws(Fault) {
    try descend("{")
    if !take(UInt8(ascii: "}")) {
      repeat {
        let name = try string()
        try expect(":")
        try read(name, &self)
      } while take(UInt8(ascii: ","))
      try expect("}")
    }
    depth -= 1
  }

  /// Reads an array; `read` takes each element.
  mutating func elements(_ read: (inout JSONScanner) throws(Fault) -> Void) throws(Fault) {
    try descend("[")
    if !take(UInt8(ascii: "]")) {
      repeat { try read(&self) } while take(UInt8(ascii: ","))
      try expect("]")
    }
    depth -= 1
  }

  private mutating func descend(_ opening: Unicode.Scalar) throws(Fault) {
    try expect(opening)
    depth += 1
    if depth > JSONScanner.deepest { throw fault("fewer than \(JSONScanner.deepest) nested levels were expected") }
  }

  /// Takes `word` if it comes next: `true`, `null`, `Infinity`.
  mutating func take(word: StaticString) -> Bool {
    guard peek() != nil else { return false }
    let matches = word.withUTF8Buffer { letters in
      unsafe bytes[position...].prefix(letters.count).elementsEqual(letters)
    }
    if matches { position += word.utf8CodeUnitCount }
    return matches
  }
}

// MARK: Numbers and strings

extension JSONScanner {
  /// Reads a whole number of at least zero, such as the extent of an axis.
  mutating func count() throws(Fault) -> Int {
    _ = peek()
    let start = position
    var value = 0
    while position < bytes.count, let digit = digit(bytes[position]) {
      let (tens, tooMany) = value.multipliedReportingOverflow(by: 10)
      let (sum, stillTooMany) = tens.addingReportingOverflow(digit)
      if tooMany || stillTooMany { throw fault("a smaller number was expected") }
      value = sum
      position += 1
    }
    let hasLeadingZero = position > start + 1 && bytes[start] == UInt8(ascii: "0")
    let goesOn =
      position < bytes.count && [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[position])
    if position == start || hasLeadingZero || goesOn { throw fault("a whole number of at least 0 was expected") }
    return value
  }

  private func digit(_ byte: UInt8) -> Int? {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
  }

  /// Reads any JSON number, and the `NaN`, `Infinity` and `-Infinity` that Python writes.
  mutating func number() throws(Fault) -> JSONValue {
    if take(word: "NaN") { return .number(.nan) }
    if take(word: "Infinity") { return .number(.infinity) }
    if take(word: "-Infinity") { return .number(-.infinity) }
    let start = position
    while position < bytes.count, digit(bytes[position]) != nil || "+-.eE".utf8.contains(bytes[position]) {
      position += 1
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if let whole = Int(text), !text.hasPrefix("+") { return .integer(whole) }
    guard let value = Double(text), !text.hasPrefix("+"), !text.hasPrefix(".") else {
      position = start
      throw fault("a value was expected")
    }
    return .number(value)
  }

  /// Reads a string of valid UTF-8.
  mutating func string() throws(Fault) -> String {
    try expect("\"")
    let start = position
    var hasEscapes = false
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      if bytes[position] < 0x20 { throw fault("no control character was expected") }
      if bytes[position] == UInt8(ascii: "\\") {
        hasEscapes = true
        position += 1
      }
      position += 1
    }
    guard position < bytes.count else {
      position = bytes.count
      throw fault("the end of a string was expected")
    }
    let content = bytes[start..<position]
    guard let text = String(validating: content, as: UTF8.self) else {
      position = start
      throw fault("valid UTF-8 was expected")
    }
    if hasEscapes {
      guard let unescaped = JSONScanner.unescape(text) else {
        position = start
        throw fault("a valid escape was expected in the string")
      }
      position += 1
      return unescaped
    }
    position += 1
    return text
  }

  private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
    "\"": "\"", "\\": "\\", "/": "/", "b": "\u{8}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t",
  ]

  /// The text that backslashes stand for; nil where one is no escape of JSON or half a surrogate pair.
  private static func unescape(_ text: String) -> String? {
    var units: [UInt16] = []
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "\\" else {
        units.append(contentsOf: UTF16.encode(scalar)!)
        continue
      }
      guard let letter = rest.popFirst() else { return nil }
      if letter == "u" {
        let hex = String(rest.prefix(4))
        guard hex.utf8.count == 4, hex.utf8.allSatisfy(isHexDigit), let unit = UInt16(hex, radix: 16) else {
          return nil
        }
        units.append(unit)
        rest = rest.dropFirst(4)
      } else if let meant = escapes[letter] {
        units.append(UInt16(meant.value))
      } else {
        return nil
      }
    }
    return String(validating: units, as: UTF16.self)
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}
