import Crypto
import Foundation
import HTTPTypes
import History
import HummingbirdCore
import Synchronization

/// Browsers that have signed in, and the link with which the first one does.
final class Sessions: Sendable {
  private static let seconds = 30.0 * 86_400
  private let cookieName: String
  private let isSecure: Bool
  private let store: HistoryStore
  /// Who started the server.
  private let owner: Person
  /// The SHA-256 of the link's key, until somebody has come with it.
  private let link = Mutex<[UInt8]?>(nil)

  /// - Parameters:
  ///   - port: Cookies know no ports: servers of one machine must not share one.
  ///   - isSecure: Whether browsers reach it by https.
  init(_ store: HistoryStore, owner: Person, port: Int?, isSecure: Bool) {
    self.store = store
    self.owner = owner
    self.isSecure = isSecure
    cookieName = (isSecure ? "__Host-limn" : "limn") + (port.map { "-\($0)" } ?? "")
  }

  /// A key that signs in once.
  func makeLink() -> String {
    let key = Data((0..<32).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    link.withLock { $0 = Array(SHA256.hash(data: Data(key.utf8))) }
    return key
  }

  /// Whether a key is the link's, which then signs in nobody else.
  private func takeLink(_ key: String) -> Bool {
    let hash = Array(SHA256.hash(data: Data(key.utf8)))
    return link.withLock { known in
      guard let link = known, zip(link, hash).reduce(UInt8(0), { $0 | ($1.0 ^ $1.1) }) == 0 else { return false }
      known = nil
      return true
    }
  }

  func secret(in request: Request) -> String? {
    request.cookie(cookieName)
  }

  /// The answer to a link's key; nil where it is none.
  func enter(key: String) throws -> Response? {
    guard takeLink(key) else { return nil }
    return welcome(try store.beginSession(for: owner, role: nil, parent: nil, lasting: Self.seconds).secret)
  }

  /// The answer to a token that was typed into the page; nil where it is none.
  func enter(secret: String) throws -> Response? {
    guard let token = try store.token(secret: secret), token.kind == .token else { return nil }
    let role = token.role.flatMap(Role.init(rawValue:))
    let session = try store.beginSession(for: Person(token), role: role, parent: token, lasting: Self.seconds)
    return welcome(session.secret)
  }

  private func welcome(_ secret: String) -> Response {
    var response = Response(status: .seeOther, headers: [.location: "/"])
    response.setCookie(cookieName, secret, seconds: Int(Self.seconds), isSecure: isSecure)
    return response
  }

  /// The answer to whoever signs out.
  func leave(_ token: Token?) throws -> Response {
    if let token, token.kind == .session { try store.endSession(token) }
    var response = Response(status: .seeOther, headers: [.location: "/"])
    response.setCookie(cookieName, "", seconds: 0, isSecure: isSecure)
    return response
  }
}
