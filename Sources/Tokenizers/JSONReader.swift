/// Reads JSON one value at a time from bytes, building nothing that was not asked for.
///
/// A vocabulary is an object of fifty thousand members; a general parser spends most of its time
/// making a tree of them that is thrown away at once.
struct JSONReader {
  /// What to call the bytes in messages.
  let file: String
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  /// Deeper nesting than any tokenizer file has; beyond it lies only a stack overflow.
  private static let deepestNesting = 64

  /// Throws when `bytes` are not UTF-8: JSON must be.
  init(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw .damaged(file: file, problem: "not valid UTF-8; expected JSON text")
    }
    self.bytes = bytes
    self.file = file
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }  // a byte order mark
  }

  /// Reads an object; `body` must consume the value of each member.
  mutating func object(_ body: (inout JSONReader, _ key: [UInt8]) throws(TokenizerError) -> Void) throws(TokenizerError)
  {
    try open("{")
    var key: [UInt8] = []
    if take("}") { return close() }
    repeat {
      key.removeAll(keepingCapacity: true)
      try string(into: &key)
      try expect(":")
      try body(&self, key)
    } while take(",")
    try expect("}")
    close()
  }

  /// Reads an array; `body` must consume each element.
  mutating func array(_ body: (inout JSONReader) throws(TokenizerError) -> Void) throws(TokenizerError) {
    try open("[")
    if take("]") { return close() }
    repeat { try body(&self) } while take(",")
    try expect("]")
    close()
  }

  /// Reads a whole number; a fraction or an exponent is an error.
  mutating func integer() throws(TokenizerError) -> Int {
    skipBlanks()
    let start = position
    var value = 0
    let negative = take("-")
    let firstDigit = position
    while position < bytes.count, case let digit = bytes[position] &- 0x30, digit < 10 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(digit))
      guard !overflow, !carry else { throw damaged("a number too large for an id", at: start) }
      value = sum
      position += 1
    }
    guard position > firstDigit else { throw damaged("expected a whole number", at: start) }
    if position < bytes.count, [0x2E, 0x45, 0x65].contains(bytes[position]) {  // . E e
      throw damaged("expected a whole number, found a fraction or an exponent", at: start)
    }
    return negative ? -value : value
  }

  /// Reads a string, appending its unescaped UTF-8 to `target`.
  mutating func string(into target: inout [UInt8]) throws(TokenizerError) {
    try expect("\"")
    let start = position - 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case 0x22: return
      case 0x5C: try escape(into: &target)
      case 0..<0x20: throw damaged("a control character in a string", at: position - 1)
      default: target.append(byte)
      }
    }
    throw damaged("a string that never ends", at: start)
  }

  mutating func string() throws(TokenizerError) -> String {
    var text: [UInt8] = []
    try string(into: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// The first character of the next value, which tells its type; nil at the end.
  mutating func peek() -> Unicode.Scalar? {
    skipBlanks()
    return position < bytes.count ? Unicode.Scalar(bytes[position]) : nil
  }

  /// Reads any value into a tree; for small files.
  mutating func value() throws(TokenizerError) -> JSONValue {
    switch peek() {
    case "{":
      var members: [String: JSONValue] = [:]
      try object { (reader, key) throws(TokenizerError) in
        members[String(decoding: key, as: UTF8.self)] = try reader.value()
      }
      return .object(members)
    case "[":
      var elements: [JSONValue] = []
      try array { (reader) throws(TokenizerError) in elements.append(try reader.value()) }
      return .array(elements)
    case "\"": return .string(try string())
    default: return try scalar()
    }
  }

  /// Passes over any value.
  mutating func skip() throws(TokenizerError) {
    switch peek() {
    case "{": try object { (reader, _) throws(TokenizerError) in try reader.skip() }
    case "[": try array { (reader) throws(TokenizerError) in try reader.skip() }
    default: _ = try value()
    }
  }

  /// Throws when anything but blanks is left.
  mutating func end() throws(TokenizerError) {
    skipBlanks()
    guard position == bytes.count else { throw damaged("something follows the end of the JSON value", at: position) }
  }

  func damaged(_ problem: String) -> TokenizerError { damaged(problem, at: position) }

  // MARK: - Pieces

  private func damaged(_ problem: String, at offset: Int) -> TokenizerError {
    .damaged(file: file, problem: "\(problem), at byte \(offset)")
  }

  private mutating func open(_ bracket: Unicode.Scalar) throws(TokenizerError) {
    try expect(bracket)
    depth += 1
    guard depth <= Self.deepestNesting else {
      throw damaged("nested more than \(Self.deepestNesting) deep")
    }
  }

  private mutating func close() { depth -= 1 }

  private mutating func skipBlanks() {
    while position < bytes.count, isBlank(bytes[position]) { position += 1 }
  }

  private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard position < bytes.count, bytes[position] == UInt8(ascii: wanted) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ wanted: Unicode.Scalar) throws(TokenizerError) {
    guard take(wanted) else {
      let found = position < bytes.count ? "another character" : "the end of the file"
      throw damaged("expected '\(wanted)', found \(found)")
    }
  }

  private mutating func scalar() throws(TokenizerError) -> JSONValue {
    let start = position
    while position < bytes.count, isPartOfScalar(bytes[position]) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    switch text {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "null": return .null
    default:
      guard text.first?.isNumber == true || text.first == "-", let number = Double(text) else {
        throw damaged("expected a value", at: start)
      }
      return .number(number)
    }
  }

  private func isPartOfScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true  // 0-9 A-Z a-z + - .
    default: false
    }
  }

  private mutating func escape(into target: inout [UInt8]) throws(TokenizerError) {
    let start = position - 1
    guard position < bytes.count else { throw damaged("a string that never ends", at: start) }
    let letter = bytes[position]
    position += 1
    switch Unicode.Scalar(letter) {
    case "\"", "\\", "/": target.append(letter)
    case "b": target.append(0x08)
    case "f": target.append(0x0C)
    case "n": target.append(0x0A)
    case "r": target.append(0x0D)
    case "t": target.append(0x09)
    case "u": target.append(contentsOf: try unicodeEscape(from: start).utf8)
    default: throw damaged("an unknown escape", at: start)
    }
  }

  private mutating func unicodeEscape(from start: Int) throws(TokenizerError) -> String {
    let first = try fourHexDigits()
    if let scalar = Unicode.Scalar(first) { return String(scalar) }
    // A surrogate: the low half must follow in an escape of its own.
    if first < 0xDC00, position + 1 < bytes.count, bytes[position] == 0x5C, bytes[position + 1] == 0x75 {
      position += 2
      let second = try fourHexDigits()
      if (0xDC00...0xDFFF).contains(second),
        let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
      {
        return String(scalar)
      }
    }
    throw damaged("half a surrogate pair", at: start)
  }

  private mutating func fourHexDigits() throws(TokenizerError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
        throw damaged("expected four hexadecimal digits")
      }
      value = value << 4 + UInt32(digit)
      position += 1
    }
    return value
  }
}

/// A JSON value as a tree.
enum JSONValue: Equatable {
  case object([String: JSONValue])
  case array([JSONValue])
  case string(String)
  case number(Double)
  case boolean(Bool)
  case null
}
