import Crypto
import Foundation
import System

/// What a file of the hub must hash to; also its name among the cache's blobs.
package enum Digest: Sendable, Hashable {
  /// Of large files: 64 hexadecimal digits of SHA-256.
  case sha256(String)
  /// Of all others: 40 hexadecimal digits of git's SHA-1 of a blob.
  case git(String)

  /// - Parameter digits: As an `ETag` names it, without quotes.
  package init?(_ digits: String) {
    guard Digest.isHexadecimal(digits) else { return nil }
    switch digits.utf8.count {
    case 64: self = .sha256(digits.lowercased())
    case 40: self = .git(digits.lowercased())
    default: return nil
    }
  }

  package var digits: String {
    switch self {
    case .sha256(let digits), .git(let digits): digits
    }
  }

  static func isHexadecimal(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
          UInt8(ascii: "A")...UInt8(ascii: "F"):
          true
        default: false
        }
      }
  }
}

/// The sum of a file's bytes as they come in.
package struct RunningDigest {
  private var sha256 = SHA256()
  private var git = Insecure.SHA1()
  private let expected: Digest

  /// - Parameter size: Of the whole file, in bytes; git's sum begins with it.
  package init(_ expected: Digest, size: Int) {
    self.expected = expected
    git.update(data: Array("blob \(size)\0".utf8))
  }

  package mutating func update(_ bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    switch expected {
    case .sha256: sha256.update(data: bytes)
    case .git: git.update(data: bytes)
    }
  }

  /// Of everything so far.
  package var digits: String {
    switch expected {
    case .sha256: sha256.finalize().hexadecimal
    case .git: git.finalize().hexadecimal
    }
  }

  package var isRight: Bool { digits == expected.digits }
}
