import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import System

/// A hub on this machine that speaks as much of the protocol as clients need, and goes wrong on demand.
package final class TestHub: Sendable {
  /// What goes wrong when a file is asked for.
  package enum Fault: Sendable {
    /// The connection ends after so many bytes of the answer's body.
    case drop(after: Int)
    /// Another byte at that place.
    case spoil(at: Int)
    /// Bytes without an end.
    case endless
    /// So many bytes at a time, with a pause behind each.
    case slow(bytes: Int = 1, milliseconds: Int64)
    /// The beginning, then nothing.
    case stall(after: Int)
    case status(Int, headers: [String: String])
    /// The whole where a part was asked for.
    case ignoresRange
    /// Another part than was asked for.
    case shiftsRange
  }

  package struct Request: Sendable {
    package let method: String
    package let path: String
    package let range: Int?
    package let headers: [String: String]
  }

  private struct State {
    var models: [String: [String: [UInt8]]] = [:]
    var faults: [String: [Fault]] = [:]
    var requests: [Request] = []
    var token: String?
    var information: [String: String] = [:]
    var saysSizes = true
    var listed: [String] = []
    var storage: String?
    var pace: Fault?
  }

  private let state = Mutex(State())
  private let channel: any Channel
  package let port: Int

  package static let commit = String(repeating: "0123456789", count: 4)

  package init() throws {
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    let reference = Reference()
    channel = try bootstrap.childChannelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
        try channel.pipeline.syncOperations.addHandler(Handler(reference))
      }
    }.bind(host: "127.0.0.1", port: 0).wait()
    port = channel.localAddress?.port ?? 0
    reference.hub.withLock { $0 = self }
  }

  /// What handlers find the hub by, which does not keep it.
  private final class Reference: Sendable {
    let hub = Mutex<TestHub?>(nil)
  }

  package func close() { try? channel.close().wait() }

  package var endpoint: String { "http://127.0.0.1:\(port)" }

  // MARK: What it holds

  package func add(_ repository: String, _ files: [String: [UInt8]]) {
    state.withLock { $0.models[repository, default: [:]].merge(files) { $1 } }
  }

  package func fail(_ path: String, _ faults: Fault...) { state.withLock { $0.faults[path, default: []] += faults } }

  /// Shows models only to those who bring it.
  package func require(token: String) { state.withLock { $0.token = token } }

  /// Further members of what it says of a model, as JSON.
  package func say(_ name: String, _ json: String) { state.withLock { $0.information[name] = json } }

  /// Leaves sizes and hashes out of its lists.
  package func hideSizes() { state.withLock { $0.saysSizes = false } }

  /// Lists a file of that name, as JSON, which it does not have.
  package func list(_ json: String) { state.withLock { $0.listed.append(json) } }

  /// Sends for large files to another address.
  package func store(at address: String) { state.withLock { $0.storage = address } }

  /// Sends every file so.
  package func pace(bytes: Int, milliseconds: Int64) {
    state.withLock { $0.pace = .slow(bytes: bytes, milliseconds: milliseconds) }
  }

  package var requests: [Request] { state.withLock { $0.requests } }

  /// How often the bytes of a file were asked for.
  package func downloads(_ file: String) -> Int {
    requests.count { $0.method == "GET" && $0.path.hasSuffix("/\(file)") }
  }

  // MARK: What it answers

  fileprivate struct Answer: Sendable {
    var status = 200
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    var fault: Fault?
  }

  package static func isLarge(_ path: String) -> Bool { path.hasSuffix(".safetensors") || path.hasSuffix(".bin") }

  package static func digits(_ path: String, _ bytes: [UInt8]) -> String {
    isLarge(path)
      ? SHA256.hash(data: bytes).hexadecimal
      : Insecure.SHA1.hash(data: Array("blob \(bytes.count)\0".utf8) + bytes).hexadecimal
  }

  fileprivate func answer(_ request: Request) -> Answer {
    state.withLock { state in
      state.requests.append(request)
      // As a proxy is asked: with the whole address.
      let path = request.path.replacing(/^http:\/\/[^\/]*/, with: "").split(separator: "?")[0]
      let parts = path.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
      let isStored = parts.first == "storage"
      if let token = state.token, !isStored, request.headers["authorization"] != "Bearer \(token)" {
        return Answer(status: 401, headers: [("X-Error-Code", "GatedRepo")])
      }
      if parts.count >= 6, parts[0] == "api", parts[4] == "revision" {
        let name = "\(parts[2])/\(parts[3])"
        guard let files = state.models[name] else {
          return Answer(status: 404, headers: [("X-Error-Code", "RepoNotFound")])
        }
        guard ["main", TestHub.commit, "a/branch"].contains(parts[5...].joined(separator: "/")) else {
          return Answer(status: 404, headers: [("X-Error-Code", "RevisionNotFound")])
        }
        return Answer(headers: [("Content-Type", "application/json")], body: Array(listing(name, files, state).utf8))
      }
      let shift = isStored ? 1 : 0
      guard parts.count >= shift + 5, parts[shift + 2] == "resolve" else { return Answer(status: 404) }
      let file = parts[(shift + 4)...].joined(separator: "/")
      guard let bytes = state.models["\(parts[shift])/\(parts[shift + 1])"]?[file] else {
        return Answer(status: 404, headers: [("X-Error-Code", "EntryNotFound")])
      }
      let digits = TestHub.digits(file, bytes)
      if TestHub.isLarge(file), !isStored {
        let place = (state.storage ?? "") + "/storage" + path
        let headers = [
          ("Location", place), ("X-Linked-Etag", "\"\(digits)\""), ("X-Linked-Size", "\(bytes.count)"),
          ("X-Repo-Commit", TestHub.commit),
        ]
        return Answer(status: 302, headers: headers)
      }
      var fault = state.pace
      if request.method == "GET", state.faults[file]?.isEmpty == false { fault = state.faults[file]?.removeFirst() }
      return TestHub.part(of: bytes, digits, request, fault)
    }
  }

  private static func part(of bytes: [UInt8], _ digits: String, _ request: Request, _ fault: Fault?) -> Answer {
    var answer = Answer(headers: [("ETag", "\"\(digits)\""), ("X-Repo-Commit", commit)], fault: fault)
    if case .status(let status, let headers)? = fault {
      return Answer(status: status, headers: headers.map { ($0.key, $0.value) }, fault: fault)
    }
    var bytes = bytes
    if case .spoil(let place)? = fault { bytes[place] ^= 1 }
    guard var start = request.range else {
      answer.body = bytes
      return answer
    }
    if case .ignoresRange? = fault {
      answer.body = bytes
      return answer
    }
    if case .shiftsRange? = fault { start = max(0, start - 1) }
    guard start < bytes.count else {
      return Answer(status: 416, headers: [("Content-Range", "bytes */\(bytes.count)")])
    }
    answer.status = 206
    answer.headers.append(("Content-Range", "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"))
    answer.body = Array(bytes[start...])
    return answer
  }

  private func listing(_ name: String, _ files: [String: [UInt8]], _ state: State) -> String {
    let siblings = files.sorted { $0.key < $1.key }.map { path, bytes in
      guard state.saysSizes else { return "{\"rfilename\":\"\(path)\"}" }
      let digits = TestHub.digits(path, bytes)
      let large =
        TestHub.isLarge(path) ? ",\"lfs\":{\"sha256\":\"\(digits)\",\"size\":\(bytes.count),\"pointerSize\":134}" : ""
      let own = TestHub.isLarge(path) ? String(repeating: "a", count: 40) : digits
      return "{\"rfilename\":\"\(path)\",\"size\":\(bytes.count),\"blobId\":\"\(own)\"\(large)}"
    }
    var members = [
      "\"id\":\"\(name)\"", "\"sha\":\"\(TestHub.commit)\"",
      "\"siblings\":[\((siblings + state.listed).joined(separator: ","))]",
    ]
    if state.information["cardData"] == nil { members.append("\"cardData\":{\"license\":\"apache-2.0\"}") }
    members += state.information.map { "\"\($0.key)\":\($0.value)" }
    return "{\(members.joined(separator: ","))}"
  }

  // MARK: The connection

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let reference: Reference
    private var head: HTTPRequestHead?

    init(_ reference: Reference) { self.reference = reference }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): self.head = head
      case .body: break
      case .end:
        guard let head, let hub = reference.hub.withLock({ $0 }) else { return context.close(promise: nil) }
        let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        let range = headers["range"].flatMap { Int($0.dropFirst(6).dropLast()) }
        let answer = hub.answer(Request(method: head.method.rawValue, path: head.uri, range: range, headers: headers))
        send(answer, isHead: head.method == .HEAD, context)
      }
    }

    private func send(_ answer: Answer, isHead: Bool, _ context: ChannelHandlerContext) {
      var headers = HTTPHeaders(answer.headers.map { ($0.0, $0.1) })
      if case .endless? = answer.fault {} else { headers.add(name: "Content-Length", value: "\(answer.body.count)") }
      let status = HTTPResponseStatus(statusCode: answer.status)
      context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
      guard !isHead else { return end(context) }
      switch answer.fault {
      case .drop(let count)?:
        write(answer.body.prefix(count), context)
        context.flush()
        context.close(promise: nil)
      case .stall(let count)?:
        write(answer.body.prefix(count), context)
        context.flush()
      case .endless?: pour(context)
      case .slow(let count, let milliseconds)?:
        trickle(answer.body[...], by: count, .milliseconds(milliseconds), context)
      default:
        write(answer.body[...], context)
        end(context)
      }
    }

    private func write(_ bytes: ArraySlice<UInt8>, _ context: ChannelHandlerContext) {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
    }

    private func end(_ context: ChannelHandlerContext) {
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func pour(_ context: ChannelHandlerContext) {
      let block = ByteBuffer(repeating: 7, count: 4096)
      guard context.channel.isActive else { return }
      let loop = context.eventLoop.assumeIsolated()
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(block)))).assumeIsolated().whenSuccess { [self] in
        loop.scheduleTask(in: .microseconds(200)) { [self] in pour(context) }
      }
    }

    private func trickle(
      _ bytes: ArraySlice<UInt8>, by count: Int, _ pause: TimeAmount, _ context: ChannelHandlerContext
    ) {
      guard context.channel.isActive else { return }
      guard !bytes.isEmpty else { return end(context) }
      write(bytes.prefix(count), context)
      context.flush()
      context.eventLoop.assumeIsolated().scheduleTask(in: pause) { [self] in
        trickle(bytes.dropFirst(count), by: count, pause, context)
      }
    }
  }
}
