import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization
import System

/// Requests to the hub and to where it sends for files.
package final class HubConnection: Sendable {
  package let settings: HubSettings
  /// Hears of what is waited for, as a sentence.
  private let report: @Sendable (String) -> Void
  private let clients = Mutex<[ProxySettings.Proxy?: HTTPClient]>([:])

  /// Redirects that are followed in a row.
  private static let mostRedirects = 10
  /// No list of a model's files is longer, in bytes.
  static let longestAnswer = 32 << 20
  /// No such list takes longer, in seconds.
  private static let longestAnswerSeconds = 120.0

  private init(_ settings: HubSettings, report: @escaping @Sendable (String) -> Void) {
    self.settings = settings
    self.report = report
  }

  /// Runs work that asks the hub, and closes all connections when it ends.
  ///
  /// - Throws: ``UserError/request(_:)`` where the network is not to be used; what `work` throws.
  package static func with<Value: Sendable>(
    _ settings: HubSettings, report: @escaping @Sendable (String) -> Void,
    _ work: @Sendable (HubConnection) async throws -> Value
  ) async throws -> Value {
    guard !settings.isOffline else {
      throw UserError.request("HF_HUB_OFFLINE is set, so nothing is fetched; unset it, or say HF_HUB_OFFLINE=0.")
    }
    let connection = HubConnection(settings, report: report)
    do {
      let value = try await work(connection)
      await connection.close()
      return value
    } catch {
      await connection.close()
      throw error
    }
  }

  private func close() async {
    for client in clients.withLock({ Array($0.values) }) { try? await client.shutdown() }
  }

  func patience() -> Patience { Patience(settings, report: report) }

  // MARK: Answers

  /// A short JSON answer.
  ///
  /// - Parameter subject: What was asked about.
  /// - Throws: ``UserError``
  func json(_ url: URL, atMost limit: Int = HubConnection.longestAnswer, about subject: HubSubject) async throws
    -> JSONValue
  {
    let bytes = try await bytes(url, atMost: limit, about: subject)
    do { return try JSONValue(parsing: bytes) } catch {
      throw UserError.input("\(url.host() ?? "") answered something that is no JSON; is it a model hub (HF_ENDPOINT)?")
    }
  }

  /// A short answer as a whole.
  func bytes(_ url: URL, atMost limit: Int, about subject: HubSubject) async throws -> [UInt8] {
    var patience = patience()
    patience.attempts = min(patience.attempts, 3)
    while true {
      let response = try await response(to: url, about: subject, &patience)
      do {
        let end = ContinuousClock.now + .seconds(HubConnection.longestAnswerSeconds)
        var bytes: [UInt8] = []
        for try await block in response.body {
          bytes += block.readableBytesView
          guard bytes.count <= limit, ContinuousClock.now < end else {
            throw UserError.input("\(response.host) does not come to an end with its answer about \(subject.words).")
          }
        }
        return bytes
      } catch let error as UserError {
        throw error
      } catch {
        try Task.checkCancellation()
        try await patience.pause(because: "\(response.host) \(HubConnection.words(error))")
      }
    }
  }

  /// Asks until there is an answer to work with: 200, 206, or 416 where there is nothing behind the offset.
  ///
  /// - Parameter offset: The first byte that is wanted.
  /// - Throws: ``UserError`` where the hub refuses, or patience ends.
  func response(
    to url: URL, from offset: Int = 0, method: HTTPMethod = .GET, about subject: HubSubject, _ patience: inout Patience
  ) async throws -> HubResponse {
    while true {
      var host = url.host() ?? ""
      do {
        let response = try await followed(url, from: offset, method)
        host = response.host
        switch response.status {
        case 200, 206, 416: return response
        case 300..<400 where method == .HEAD: return response
        case 408, 429, 500, 502, 503, 504:
          try await patience.pause(
            because: "\(host) answers \(response.status) (\(response.reason))", atLeast: response.secondsToWait)
        default: throw subject.refusal(response, settings)
        }
      } catch let error as UserError {
        throw error
      } catch {
        try Task.checkCancellation()
        let words = HubConnection.words(error)
        guard !HubConnection.isFinal(error) else { throw UserError.input("\(host) \(words).") }
        try await patience.pause(because: "\(host) \(words)")
      }
    }
  }

  /// One request, followed to where it leads. The token goes to the endpoint alone.
  private func followed(_ url: URL, from offset: Int, _ method: HTTPMethod) async throws -> HubResponse {
    var url = url
    for _ in 0...HubConnection.mostRedirects {
      var request = HTTPClientRequest(url: url.absoluteString)
      request.method = method
      request.headers.add(name: "User-Agent", value: "limn")
      // Sizes and ranges count bytes as they lie there.
      request.headers.add(name: "Accept-Encoding", value: "identity")
      if offset > 0 { request.headers.add(name: "Range", value: "bytes=\(offset)-") }
      if let token = settings.token, settings.isEndpoint(url) {
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
      }
      let response = try await client(for: url).execute(request, deadline: .distantFuture)
      let answer = HubResponse(response, host: url.host() ?? "")
      guard (300..<400).contains(answer.status), answer.status != 304,
        let place = answer.headers.first(name: "Location")
      else { return answer }
      guard let next = URL(string: place, relativeTo: url)?.absoluteURL, next.host() != nil,
        next.scheme == "https" || (next.scheme == "http" && url.scheme == "http")
      else {
        throw UserError.input("\(answer.host) sends for a file to \(place.harmlessName), which limn does not follow.")
      }
      // What is asked by HEAD is said by the hub itself; where the bytes lie nobody knows it.
      if method == .HEAD, !settings.isEndpoint(next) { return answer }
      url = next
    }
    throw UserError.input("\(url.host() ?? "") sends from one address to the next without an end.")
  }

  private func client(for url: URL) throws -> HTTPClient {
    let proxy = settings.proxies.proxy(for: url)
    return try clients.withLock { clients in
      if let client = clients[proxy] { return client }
      var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
      configuration.httpVersion = .http1Only
      configuration.timeout = .init(
        connect: .nanoseconds(Int64(min(settings.idleSeconds, 15) * 1e9)),
        read: .nanoseconds(Int64(settings.idleSeconds * 1e9)))
      // Tried again by whoever knows how often.
      configuration.connectionPool.retryConnectionEstablishment = false
      configuration.proxy = proxy.map { proxy in
        .server(
          host: proxy.host, port: proxy.port,
          authorization: proxy.user.map { .basic(username: $0, password: proxy.password ?? "") })
      }
      if let file = settings.certificates {
        guard PathKind(file) == .file else { throw UserError.request("SSL_CERT_FILE names \(file), which is no file.") }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(file)
        configuration.tlsConfiguration = tls
      }
      let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
      clients[proxy] = client
      return client
    }
  }
}

/// The beginning of an answer, and its bytes as they come.
struct HubResponse: Sendable {
  let status: Int
  let headers: HTTPHeaders
  let body: HTTPClientResponse.Body
  /// Who answered.
  let host: String
  let reason: String

  init(_ response: HTTPClientResponse, host: String) {
    status = Int(response.status.code)
    reason = response.status.reasonPhrase
    headers = response.headers
    body = response.body
    self.host = host
  }

  /// What `Retry-After` asks for; nil where it says nothing, or a date.
  var secondsToWait: Double? { headers.first(name: "Retry-After").flatMap(Double.init).flatMap { $0 >= 0 ? $0 : nil } }

  /// The first byte, and the size of the whole, of `Content-Range: bytes 100-199/200`; nil where it is no such line.
  var range: (first: Int, size: Int?)? {
    guard let text = headers.first(name: "Content-Range"), text.hasPrefix("bytes ") else { return nil }
    let parts = text.dropFirst(6).split(separator: "/")
    guard parts.count == 2, let first = parts[0].split(separator: "-").first.flatMap({ Int($0) }) else { return nil }
    return (first, Int(parts[1]))
  }
}
