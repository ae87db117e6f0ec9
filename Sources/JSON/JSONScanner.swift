/// Why a text is not the JSON that was expected: the end of a sentence, with the byte where that was found.
package struct JSONFault: Error, Equatable {
  package let problem: String

  package init(problem: String) { self.problem = problem }
}

/// Reads JSON (RFC 8259) from front to back without building a tree, for texts that nobody vouches for.
///
/// It never recurses deeper than `deepest`, never allocates more than a small multiple of the text, and reads no number
/// that does not fit. Every fault names the byte where it was found. A byte order mark is passed over.
package struct JSONScanner: Sendable {
  static let deepest = 64

  let bytes: [UInt8]
  var position: Int
  private var depth = 0

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The first character of what comes next, without taking it; nil at the end. White space is passed over.
  package mutating func peek() -> Unicode.Scalar? {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      case let byte: return Unicode.Scalar(byte)
      }
    }
    return nil
  }

  /// Takes the text's end, after white space only.
  package mutating func expectEnd() throws(JSONFault) {
    if peek() != nil { throw fault("nothing more was expected") }
  }

  /// What to throw where the text is JSON, but not what was expected: `fault("a pair was expected")`.
  package func fault(_ problem: String) -> JSONFault { fault(problem, at: position) }

  func fault(_ problem: String, at offset: Int) -> JSONFault {
    JSONFault(problem: offset < bytes.count ? "\(problem) at byte \(offset)" : "it ends where \(problem)")
  }
}

// MARK: Values

extension JSONScanner {
  /// Reads an object; `read` must take the value of each member.
  package mutating func members(
    _ read: (_ name: String, inout JSONScanner) throws(JSONFault) -> Void
  ) throws(JSONFault) {
    try descend("{")
    if !take("}") {
      repeat {
        let name = try string()
        try expect(":")
        try read(name, &self)
      } while take(",")
      try expect("}")
    }
    depth -= 1
  }

  /// Reads an array; `read` must take each element.
  package mutating func elements(_ read: (inout JSONScanner) throws(JSONFault) -> Void) throws(JSONFault) {
    try descend("[")
    if !take("]") {
      repeat { try read(&self) } while take(",")
      try expect("]")
    }
    depth -= 1
  }

  /// Reads whatever value comes next into a tree. Of members with one name the last counts, as in Python.
  package mutating func value() throws(JSONFault) -> JSONValue {
    switch peek() {
    case "{":
      var found: [String: JSONValue] = [:]
      try members { (name, scanner) throws(JSONFault) in found[name] = try scanner.value() }
      return .object(found)
    case "[":
      var found: [JSONValue] = []
      try elements { (scanner) throws(JSONFault) in found.append(try scanner.value()) }
      return .array(found)
    case "\"": return .string(try string())
    default:
      if take(word: "null") { return .null }
      if take(word: "true") { return .bool(true) }
      if take(word: "false") { return .bool(false) }
      return try number()
    }
  }

  /// Passes over whatever value comes next.
  package mutating func skip() throws(JSONFault) {
    switch peek() {
    case "{": try members { (_, scanner) throws(JSONFault) in try scanner.skip() }
    case "[": try elements { (scanner) throws(JSONFault) in try scanner.skip() }
    default: _ = try value()
    }
  }

  private mutating func descend(_ opening: Unicode.Scalar) throws(JSONFault) {
    try expect(opening)
    depth += 1
    if depth > JSONScanner.deepest { throw fault("fewer than \(JSONScanner.deepest) nested levels were expected") }
  }

  mutating func expect(_ character: Unicode.Scalar) throws(JSONFault) {
    guard take(character) else { throw fault("`\(character)` was expected") }
  }

  /// Takes `character` if it comes next, after white space.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == character else { return false }
    position += 1
    return true
  }

  /// Takes `character` if it comes next, without white space before it.
  mutating func takeAtOnce(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Takes `word` if it comes next: `true`, `null`, `Infinity`.
  mutating func take(word: String) -> Bool {
    guard peek() != nil, bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }
}
