import Testing

@testable import JSON

@Suite struct JSONScannerTests {
  private func problem(_ text: String, _ read: (inout JSONScanner) throws(JSONFault) -> Void) -> String {
    problem(Array(text.utf8), read)
  }

  private func problem(_ bytes: [UInt8], _ read: (inout JSONScanner) throws(JSONFault) -> Void) -> String {
    var scanner = JSONScanner(bytes)
    do {
      try read(&scanner)
      try scanner.expectEnd()
      return "none"
    } catch {
      return error.problem
    }
  }

  @Test(arguments: [
    ("", "it ends where a value was expected"), ("{\"a\": 0} x", "nothing more was expected at byte 9"),
    ("[1, 2", "it ends where `]` was expected"), ("[1,]", "a value was expected at byte 3"),
    ("{\"a\": 0", "it ends where `}` was expected"), ("{\"a\" 0}", "`:` was expected at byte 5"),
    ("{a: 0}", "`\"` was expected at byte 1"), ("{\"a\": 0,}", "`\"` was expected at byte 8"),
    ("\"a", "it ends where the end of a string was expected"),
    ("\"a\\\"", "it ends where the end of a string was expected"),
    ("\"a\\", "a valid escape was expected at byte 2"), ("\"a\\x\"", "a valid escape was expected at byte 2"),
    ("\"a\\u00g0\"", "a valid escape was expected at byte 2"), ("\"\\u00", "a valid escape was expected at byte 1"),
    ("\"\\ud800\"", "a valid escape was expected at byte 1"), ("\"\\udc00\"", "a valid escape was expected at byte 1"),
    ("\"\\ud800\\u0041\"", "a valid escape was expected at byte 1"),
    ("\"\u{1F}\"", "no control character was expected at byte 1"), ("nul", "a value was expected at byte 0"),
    ("truth", "a value was expected at byte 0"), ("nulls", "nothing more was expected at byte 4"),
    ("01", "a value was expected at byte 0"), ("-", "a value was expected at byte 0"),
    ("+1", "a value was expected at byte 0"), (".5", "a value was expected at byte 0"),
    ("1.", "a value was expected at byte 0"), ("1.e3", "a value was expected at byte 0"),
    ("[1e]", "a value was expected at byte 1"), ("--1", "a value was expected at byte 0"),
    ("0x10", "nothing more was expected at byte 1"), ("'a'", "a value was expected at byte 0"),
    ("\u{0}", "a value was expected at byte 0"), ("{\"a\": 1} // b", "nothing more was expected at byte 9"),
  ])
  func namesTheFaultAndItsPlace(text: String, says: String) {
    #expect(problem(text) { (scanner) throws(JSONFault) in _ = try scanner.value() } == says)
    #expect(problem(text) { (scanner) throws(JSONFault) in try scanner.skip() } == says)
  }

  @Test(arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]])
  func stringsMustBeUTF8(bytes: [UInt8]) {
    let says = problem(bytes) { (scanner) throws(JSONFault) in _ = try scanner.string() }
    #expect(says == "valid UTF-8 was expected in the string at byte 1")
    let escaped = problem([0x22, 0x5C, 0x6E] + bytes[1...]) { (scanner) throws(JSONFault) in _ = try scanner.string() }
    #expect(escaped == says)
  }

  @Test(arguments: [
    ("0", "none"), (" 12 ", "none"), ("9223372036854775807", "none"),
    ("9223372036854775808", "a smaller number was expected at byte 0"),
    (" -1", "a whole number of at least 0 was expected at byte 1"),
    ("1.0", "a whole number of at least 0 was expected at byte 0"),
    ("1e2", "a whole number of at least 0 was expected at byte 0"),
    ("007", "a whole number of at least 0 was expected at byte 0"),
    ("\"1\"", "a whole number of at least 0 was expected at byte 0"),
    ("", "it ends where a whole number of at least 0 was expected"),
  ])
  func countsAreWholeAndPlain(text: String, says: String) {
    #expect(problem(text) { (scanner) throws(JSONFault) in _ = try scanner.count() } == says)
  }

  @Test(arguments: [("[", "]"), ("{\"a\":", "}")])
  func nestingIsLimited(opening: String, closing: String) {
    func nested(_ levels: Int) -> String {
      String(repeating: opening, count: levels) + "0" + String(repeating: closing, count: levels)
    }
    let refused = "fewer than 64 nested levels were expected at byte \(opening.utf8.count * 64 + 1)"
    #expect(problem(nested(64)) { (scanner) throws(JSONFault) in _ = try scanner.value() } == "none")
    #expect(problem(nested(65)) { (scanner) throws(JSONFault) in _ = try scanner.value() } == refused)
    #expect(problem(nested(100_000)) { (scanner) throws(JSONFault) in try scanner.skip() } == refused)
    // Neighbours do not nest.
    let row = "[" + Array(repeating: nested(63), count: 3).joined(separator: ",") + "]"
    #expect(problem(row) { (scanner) throws(JSONFault) in try scanner.skip() } == "none")
  }

  @Test func readsInOneGo() throws {
    var scanner = JSONScanner(Array("\u{FEFF} { \"a\" : [1,\n2], \"b\": {\"c\": [true]} }\r\n".utf8))
    var seen: [String] = []
    var later: JSONScanner?
    try scanner.members { (name, scanner) throws(JSONFault) in
      seen.append("\(name) \(scanner.peek().map(String.init) ?? "")")
      if name == "a" { later = scanner }
      try scanner.skip()
    }
    try scanner.expectEnd()
    #expect(seen == ["a [", "b {"])
    // A copy goes on where it was made.
    var counts: [Int] = []
    try later?.elements { (scanner) throws(JSONFault) in counts.append(try scanner.count()) }
    #expect(counts == [1, 2])
  }
}
