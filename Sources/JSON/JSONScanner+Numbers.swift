extension JSONScanner {
  /// Reads a whole number of at least zero, such as the extent of an axis.
  package mutating func count() throws(JSONFault) -> Int {
    _ = peek()
    let start = position
    var value = 0
    while let digit = takeDigit() {
      let (tens, tooMany) = value.multipliedReportingOverflow(by: 10)
      let (sum, stillTooMany) = tens.addingReportingOverflow(Int(digit))
      if tooMany || stillTooMany { throw fault("a smaller number was expected", at: start) }
      value = sum
    }
    let hasLeadingZero = position > start + 1 && bytes[start] == UInt8(ascii: "0")
    let goesOn = takeAtOnce(".") || takeAtOnce("e") || takeAtOnce("E")
    if position == start || hasLeadingZero || goesOn {
      throw fault("a whole number of at least 0 was expected", at: start)
    }
    return value
  }

  /// Reads any JSON number, and the `NaN`, `Infinity` and `-Infinity` that Python writes.
  mutating func number() throws(JSONFault) -> JSONValue {
    if take(word: "NaN") { return .number(.nan) }
    if take(word: "Infinity") { return .number(.infinity) }
    if take(word: "-Infinity") { return .number(-.infinity) }
    let start = position
    _ = takeAtOnce("-")
    let whole = digits()
    var isSound = whole.count == 1 || whole.count > 1 && bytes[whole.lowerBound] != UInt8(ascii: "0")
    var isWhole = true
    if takeAtOnce(".") {
      isWhole = false
      isSound = isSound && !digits().isEmpty
    }
    if takeAtOnce("e") || takeAtOnce("E") {
      isWhole = false
      _ = takeAtOnce("+") || takeAtOnce("-")
      isSound = isSound && !digits().isEmpty
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isSound, isWhole, let integer = Int(text) { return .integer(integer) }
    if isSound, isWhole, let natural = UInt64(text) { return .natural(natural) }
    guard isSound, let number = Double(text) else { throw fault("a value was expected", at: start) }
    return .number(number)
  }

  /// Takes the digits that come next, none or more.
  private mutating func digits() -> Range<Int> {
    let start = position
    while takeDigit() != nil {}
    return start..<position
  }

  private mutating func takeDigit() -> UInt8? {
    guard position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10 else { return nil }
    position += 1
    return digit
  }
}
