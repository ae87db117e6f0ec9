/// Names a picture by all that determines it: two jobs of one key would paint the same pixels.
package struct JobKey: Hashable, Sendable, CustomStringConvertible {
  /// 64 hexadecimal digits.
  package let digits: String

  /// - Parameter ingredients: What determines the picture, by name.
  package init(_ ingredients: [(name: String, value: String)]) {
    digits = Fingerprint.digits(of: ["limn picture 1"] + ingredients.map { "\($0.name)=\($0.value)" })
  }

  /// Nil where the text is not 64 hexadecimal digits.
  package init?(parsing digits: String) {
    guard digits.utf8.count == 64, digits.allSatisfy(\.isHexDigit) else { return nil }
    self.digits = digits
  }

  /// As a ledger has it.
  init(digits: String) {
    self.digits = digits
  }

  package var description: String { digits }

  /// The first 64 bits.
  package var number: UInt64 { UInt64(digits.prefix(16), radix: 16) ?? 0 }
}
