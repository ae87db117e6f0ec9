import Crypto
import Foundation
import System

/// SHA-256 in hexadecimal digits.
package enum Fingerprint {
  package static func digits(of bytes: some DataProtocol) -> String {
    SHA256.hash(data: bytes).hexadecimal
  }

  /// Of texts in order; no two lists of texts have the same by the way they are joined.
  package static func digits(of texts: [String]) -> String {
    digits(of: joined(texts))
  }

  /// The first eight bytes of the same, as a number.
  package static func number(of texts: [String]) -> UInt64 {
    SHA256.hash(data: joined(texts)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func joined(_ texts: [String]) -> [UInt8] {
    texts.flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) }
  }
}
