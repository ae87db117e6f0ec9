import Foundation
import HTTPTypes
import History
import HummingbirdCore
import NIOCore
import NIOPosix
import Synchronization
import System

/// Finds out who asks: by the session of a browser, by a token, or by the user at the other end of a socket.
struct Authentication: Gate {
  let store: HistoryStore
  let sessions: Sessions
  /// For whoever comes without a token; nil where everybody needs one.
  let owner: Person?
  /// Whether it listens on a socket of this machine.
  let isSocket: Bool
  let known: KnownCallers
  let attempts = SignInAttempts()

  func handle(
    _ request: Request, context: ServerContext, next: Router.Handler
  ) async throws -> Response {
    var context = context
    context.caller = try await caller(request, &context)
    return try await next(request, context)
  }

  private func caller(_ request: Request, _ context: inout ServerContext) async throws -> Caller? {
    if let secret = Credentials.secret(of: request.headers) {
      // Whoever has a token is not kept out by others who have none and come from the same address.
      if let caller = try await caller(secret: secret) { return caller }
      try attempts.check(context.remote)
      attempts.failed(context.remote)
      throw Fault(.unauthorized, "sign_in", "The token is not known here, has expired or was revoked.")
    }
    if let secret = sessions.secret(in: request), let caller = try await caller(secret: secret) {
      context.isBrowser = true
      return caller
    }
    if isSocket, let person = try await peer(context.channel), case let access = try store.access(for: person),
      // A proxy's own account is nobody here: who comes through it signs in.
      !access.permissions.isEmpty
    {
      return Caller(access: access, token: nil, store: store)
    }
    return try owner.map { Caller(access: try store.access(for: $0), token: nil, store: store) }
  }

  private func caller(secret: String) async throws -> Caller? {
    try await known.caller(secret) { [store] in
      guard let token = try store.token(secret: secret) else { return nil }
      try? store.noteUse(of: token)
      let person = Person(token)
      return Caller(access: Access(token, person: person, grants: try store.grants()), token: token, store: store)
    }
  }

  /// The user who holds the other end of a socket, as the kernel says.
  private func peer(_ channel: any Channel) async throws -> Person? {
    guard let options = channel as? any SocketOptionProvider else { return nil }
    let credentials: PeerCredentials = try await options.unsafeGetSocketOption(
      level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
    ).get()
    return Person(userID: Int64(credentials.uid))
  }
}

/// `struct ucred` of socket(7), which Swift does not import.
private struct PeerCredentials: Sendable {
  let processID: Int32
  let uid: UInt32
  let groupID: UInt32
}

/// What clients send to say who they are.
enum Credentials {
  /// A bearer's token, an `X-Api-Key`, or the password of Basic, where some clients send nothing at all.
  static func secret(of headers: HTTPFields) -> String? {
    if let key = headers[.apiKey], !key.isEmpty { return key }
    guard let text = headers[.authorization] else { return nil }
    let parts = text.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    let value = parts[1].trimmingCharacters(in: .whitespaces)
    switch parts[0].lowercased() {
    case "bearer": return value.isEmpty ? nil : value
    case "basic":
      guard let data = Data(base64Encoded: value), let pair = String(data: data, encoding: .utf8) else { return nil }
      let halves = pair.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let secret = String(halves.count == 2 ? halves[1] : halves.first ?? "")
      return secret.isEmpty ? nil : secret
    default: return nil
    }
  }
}

/// How often each address may come with tokens that are none.
final class SignInAttempts: Sendable {
  private static let most = 10
  private static let seconds = 60.0
  private let failures = Mutex<[String: [Date]]>([:])

  /// - Throws: ``Fault`` with the time to wait.
  func check(_ address: String) throws {
    let wait: Double? = failures.withLock { failures in
      let recent = (failures[address] ?? []).filter { -$0.timeIntervalSinceNow < Self.seconds }
      failures[address] = recent.isEmpty ? nil : recent
      guard recent.count >= Self.most, let first = recent.first else { return nil }
      return Self.seconds + first.timeIntervalSinceNow
    }
    guard let wait else { return }
    throw Fault(
      .tooManyRequests, "too_many_attempts", "Too many tokens from there that are none; wait a little.",
      retryAfter: Int(wait.rounded(.up)))
  }

  func failed(_ address: String) {
    failures.withLock { failures in
      // Nobody fills the memory with addresses.
      if failures.count > 10_000 { failures.removeAll() }
      failures[address, default: []].append(Date())
    }
  }
}
