import Crypto
import Foundation
import GRDB
import System

/// What lets a program or a browser ask over HTTP in somebody's name: a row of `tokens`.
package struct Token: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  package enum Kind: String, Sendable, Codable {
    /// Made by a person for a program.
    case token
    /// Of a browser that came with a token or a link.
    case session
  }

  package static let databaseTableName = "tokens"
  package static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.custom { SnakeCase.property($0) }
  package static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.custom { SnakeCase.column($0) }

  /// The first digits of its hash: tells it from others without giving it away.
  package let id: String
  /// SHA-256 of the secret, 64 digits.
  let hash: String
  package let kind: Kind
  /// The token with which a session was begun; nil for one begun by a link.
  package let parent: String?
  /// What it is for: "laptop".
  package let name: String
  /// A user of the system; ``webUser`` where the name is known here only.
  package let userID: Int64
  package let userName: String
  /// What it may do at most; nil for all that its user may.
  package let role: String?
  /// Milliseconds since 1970, as all times here.
  package let createdAt: Int64
  package let createdBy: String
  package let expiresAt: Int64?
  package let lastUsedAt: Int64?
  package let revokedAt: Int64?

  /// The number of people who are no users of the system: their names tell them apart.
  package static let webUser: Int64 = -1

  package func isValid(at date: Date = Date()) -> Bool {
    revokedAt == nil && (expiresAt.map { $0 > date.milliseconds } ?? true)
  }

  /// A new one with its secret, which nobody can be told again.
  package static func fresh(
    _ kind: Kind, name: String, for person: Person, role: Role?, by creator: String, lasting seconds: Double?,
    parent: String? = nil
  ) -> (token: Token, secret: String) {
    var random = SystemRandomNumberGenerator()
    let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    let digits = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
    let secret = "limn_" + digits.prefix { $0 != "=" }
    let hash = Token.hash(of: secret)
    let token = Token(
      id: String(hash.prefix(12)), hash: hash, kind: kind, parent: parent, name: name, userID: person.userID,
      userName: person.name, role: role?.rawValue, createdAt: Date().milliseconds, createdBy: creator,
      expiresAt: seconds.map { Date(timeIntervalSinceNow: $0).milliseconds }, lastUsedAt: nil, revokedAt: nil)
    return (token, secret)
  }

  static func hash(of secret: String) -> String { SHA256.hash(data: Data(secret.utf8)).hexadecimal }

  /// Whether it is the one of a hash, in a time that does not tell how much of it is right.
  func matches(_ other: String) -> Bool {
    let (own, other) = (Array(hash.utf8), Array(other.utf8))
    guard own.count == other.count else { return false }
    return zip(own, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

extension Access {
  /// What a person may do who comes with a token: never more than the token's role, and for a user of the system never more
  /// than they may themselves.
  package init(_ token: Token, person: Person, grants: [Grant]) {
    let role = token.role.flatMap(Role.init(rawValue:))
    guard token.userID == Token.webUser else {
      self = Access(person, grants: grants).narrowed(to: role)
      return
    }
    let own = role.map {
      Grant(
        subject: .user(id: person.userID, name: person.name), what: .role($0), isDenied: false,
        grantedBy: token.createdBy,
        grantedAt: Date(milliseconds: token.createdAt))
    }
    self = Access(person, grants: grants + [own].compactMap(\.self)).narrowed(to: role)
  }
}
