import HTTPTypes
import HummingbirdCore

extension Request {
  /// The value of a cookie; nil where there is none of that name, or more than one.
  func cookie(_ name: String) -> String? {
    let pairs = headers[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair -> Substring? in
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return halves.count == 2 && halves[0].drop(while: { $0 == " " }) == name ? halves[1] : nil
    }
    return pairs.count == 1 ? String(pairs[0]) : nil
  }
}

extension Response {
  /// Sets a cookie that scripts cannot read and other sites' pages do not send.
  ///
  /// - Parameters:
  ///   - value: Letters, digits, `-` and `_`.
  ///   - seconds: How long browsers keep it; 0 takes it away.
  mutating func setCookie(_ name: String, _ value: String, seconds: Int, isSecure: Bool) {
    headers[.setCookie] =
      "\(name)=\(value); Max-Age=\(seconds); Path=/; HttpOnly; SameSite=Strict\(isSecure ? "; Secure" : "")"
  }
}
