import AsyncHTTPClient
import Engine
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import NIOSSL
import Store
import System

/// A `limn serve` elsewhere, asked by limn's own API.
package final class RemoteServer: Sendable {
  package let address: RemoteAddress
  private let client: HTTPClient
  private static let longestAnswer = 256 << 20
  /// A server that works sends something every 15 seconds, or has a model to open first.
  private static let idleSeconds: Int64 = 120
  /// How often a question may fail that changes nothing.
  private static let attempts = 4

  private init(_ address: RemoteAddress) throws(UserError) {
    self.address = address
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.httpVersion = .http1Only
    configuration.timeout = .init(connect: .seconds(10), read: .seconds(Self.idleSeconds))
    configuration.connectionPool.retryConnectionEstablishment = false
    // A job may be heard of and its picture fetched while others wait.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
    if let url = URL(string: address.base), let proxy = address.proxies.proxy(for: url) {
      configuration.proxy = .server(
        host: proxy.host, port: proxy.port,
        authorization: proxy.user.map { .basic(username: $0, password: proxy.password ?? "") })
    }
    if let file = address.certificates {
      guard PathKind(file) == .file else {
        throw UserError.request("SSL_CERT_FILE names \(file.harmlessName), which is no file.")
      }
      var tls = TLSConfiguration.makeClientConfiguration()
      tls.trustRoots = .file(file)
      configuration.tlsConfiguration = tls
    }
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// Runs work that asks a server, and closes all connections when it ends.
  package static func with<Value: Sendable>(
    _ address: RemoteAddress, _ work: (RemoteServer) async throws -> Value
  ) async throws -> Value {
    let server = try RemoteServer(address)
    do {
      let value = try await work(server)
      try? await server.client.shutdown()
      return value
    } catch {
      try? await server.client.shutdown()
      throw error
    }
  }

  // MARK: Questions

  /// Who asks, and what paints where nobody names a model.
  package func me() async throws -> JSONValue { try await get("/api/v1/me") }

  func get(_ path: String) async throws -> JSONValue { try json(await bytes(path), path) }

  /// The whole of what lies there; asked for again where the connection is lost.
  func bytes(_ path: String) async throws -> [UInt8] {
    for attempt in 1... {
      do {
        return try await body(of: send(.GET, path))
      } catch let error as RemoteError where error.code == nil && attempt < Self.attempts {
        try await Task.sleep(for: .milliseconds(250 << attempt))
      }
    }
    preconditionFailure("RemoteServer.bytes: counted to the end")
  }

  func post(_ path: String, _ value: JSONValue) async throws -> JSONValue {
    try await post(path, Array(value.text.utf8), type: "application/json")
  }

  func post(_ path: String, _ bytes: [UInt8], type: String) async throws -> JSONValue {
    try json(await body(of: send(.POST, path, bytes, type: type)), path)
  }

  /// Ends a job, also where the task was cancelled that waits for it.
  func stop(job id: String) async {
    _ = await Task.detached { [self] in try? await send(.DELETE, "/api/v1/jobs/\(id)", within: .seconds(5)) }.value
  }

  /// What becomes of a job, until it has ended or the connection is lost.
  func events(ofJob id: String) async throws -> RemoteEvents {
    RemoteEvents(try await send(.GET, "/api/v1/jobs/\(id)/events").body)
  }

  // MARK: Sending

  private func json(_ bytes: [UInt8], _ path: String) throws -> JSONValue {
    guard let value = try? JSONValue(parsing: bytes) else { throw isNoLimn }
    return value
  }

  private func body(of response: HTTPClientResponse) async throws -> [UInt8] {
    do {
      return Array(try await response.body.collect(upTo: Self.longestAnswer).readableBytesView)
    } catch {
      throw try lost(error)
    }
  }

  private func send(
    _ method: HTTPMethod, _ path: String, _ bytes: [UInt8]? = nil, type: String = "", within: TimeAmount? = nil
  ) async throws -> HTTPClientResponse {
    var request = HTTPClientRequest(url: address.base + path)
    request.method = method
    request.headers.add(name: "User-Agent", value: Version.tool)
    if let host = address.host { request.headers.add(name: "Host", value: host) }
    if let token = address.token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    if let bytes {
      request.headers.add(name: "Content-Type", value: type)
      request.body = .bytes(ByteBuffer(bytes: bytes))
    }
    let response: HTTPClientResponse
    do {
      response = try await client.execute(request, deadline: within.map { .now() + $0 } ?? .distantFuture)
    } catch {
      throw try lost(error)
    }
    guard (200..<300).contains(response.status.code) else { throw await refusal(response) }
    return response
  }

  /// - Throws: `CancellationError` where nothing was lost but patience.
  func lost(_ error: any Error) throws -> RemoteError {
    try Task.checkCancellation()
    if let error = error as? RemoteError { return error }
    return RemoteError(unreachable: address.name, HubConnection.words(error))
  }

  private var isNoLimn: RemoteError {
    var error = RemoteError(
      "\(address.name) answers, but not as `limn serve` of this version does; is it one (LIMN_HOST)?", .unavailable)
    error.isGeneral = true
    return error
  }

  private func refusal(_ response: HTTPClientResponse) async -> RemoteError {
    let bytes = (try? await response.body.collect(upTo: 1 << 20)).map { Array($0.readableBytesView) } ?? []
    guard let told = (try? JSONValue(parsing: bytes))?["error"], let code = told["code"]?.string else {
      return response.status.code >= 500
        ? RemoteError(unreachable: address.name, "answers \(response.status.code) (\(response.status.reasonPhrase))")
        : isNoLimn
    }
    var error = RemoteError(told: told, refusal: told["refusal"], by: address.name)
    switch code {
    case "sign_in":
      error = RemoteError(
        address.token == nil
          ? "\(address.name) wants a token: set LIMN_TOKEN, or LIMN_TOKEN_FILE to a file that holds it."
          : "\(address.name) does not know the token of LIMN_TOKEN: it has expired, was revoked, or is another server's.",
        .forbidden, code: code)
      error.isGeneral = true
    case "unknown_host":
      error = RemoteError(
        "\(address.name) does not go by that name: whoever runs it can add it by `limn serve --public-url`.", .usage,
        code: code)
      error.isGeneral = true
    case "queue_full", "too_many_attempts":
      error.retryAfter = response.headers.first(name: "Retry-After").flatMap(Double.init) ?? 1
    default: break
    }
    return error
  }
}
