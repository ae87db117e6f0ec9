import Foundation

/// Identifiers that no two machines make twice, and that sort by time: UUID version 7 (RFC 9562, section 5.7).
package enum RunIdentifier {
  /// For example `019a3c5e-7b1f-7c3a-9d52-0f6a1b2c3d4e`.
  package static func fresh(at date: Date = Date()) -> String {
    let milliseconds = UInt64(max(0, date.timeIntervalSince1970 * 1000))
    let high = milliseconds << 16 | 0x7000 | UInt64.random(in: 0..<1 << 12)
    let low = UInt64.random(in: 0..<1 << 62) | 1 << 63
    let digits = high.hexadecimal + low.hexadecimal
    var text = ""
    for (position, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(position) { text += "-" }
      text.append(digit)
    }
    return text
  }

  /// Whether a text is written as a UUID is, in small letters.
  static func isOne(_ text: String) -> Bool {
    text.wholeMatch(of: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil
  }
}

extension UInt64 {
  /// Sixteen digits.
  fileprivate var hexadecimal: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
