import Engine
import Foundation
import HTTPTypes
import History
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Painting
import ServiceLifecycle
import Synchronization
import System

/// `limn serve`: HTTP over the engine, for browsers and for programs.
package struct LimnServer: Sendable {
  /// Where it can be reached, once it can.
  package struct Address: Sendable {
    /// `http://127.0.0.1:7870`, `https://` where there is a certificate; nil on a socket.
    package let url: String?
    /// Signs in the first browser that comes with it; nil where nobody needs to.
    package let link: String?
    package let port: Int?
  }

  private let wish: ServerWish
  private let engine: Engine
  private let store: HistoryStore

  /// - Throws: ``UserError/request(_:)`` where it would stand open to everybody; ``HistoryError``.
  package init(_ wish: ServerWish, engine: Engine) throws {
    guard let store = engine.recorder.store else {
      throw UserError.input(
        "A server keeps tokens and jobs in the history, which cannot be opened at \(engine.installation.historyPath); `limn doctor` says why."
      )
    }
    try wish.check(store)
    self.wish = wish
    self.engine = engine
    self.store = store
  }

  /// Serves until SIGTERM or SIGINT, then ends in order: nothing new is accepted, streams are closed, and the picture in
  /// work is given up, to be begun again after the next start.
  ///
  /// - Parameter onReady: Hears where it can be reached.
  package func run(onReady: @escaping @Sendable (Address) -> Void) async throws {
    let port = try Self.freePort(wish.address)
    let logger = ServerLog.logger(json: wish.logsJSON)
    let certificate = try wish.tls.map { (files) throws(UserError) in
      try CertificateInUse(files, host: wish.host, logger: logger)
    }
    let sessions = Sessions(store, owner: wish.owner, port: port, isSecure: wish.isSecure)
    let backend = backend(sessions, logger)
    let router = router(backend, port: port)
    let clock = HTTPDate()
    let respond: HTTPChannelHandler.Responder = { (request, writer: consuming ResponseWriter, channel) in
      var response = try await router.respond(to: request, ServerContext(channel, logger: logger))
      response.headers[.date] = clock.text
      let isGivenUp = [.contentTooLarge, .requestTimeout].contains(response.head.status)
      if isGivenUp { response.headers[.connection] = "close" }
      try await writer.write(response: response.head, body: response.body)
      // What is still on its way is not waited for; the answer has a moment to arrive before the connection is cut.
      if isGivenUp { channel.eventLoop.scheduleTask(in: .milliseconds(500)) { channel.close(promise: nil) } }
    }
    let http = HTTP1Channel(
      responder: respond,
      configuration: .init(
        idleTimeout: .seconds(RequestLimits.idleSeconds),
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: RequestLimits.headerBytes, maxHeaderListSize: RequestLimits.headerBytes,
          maxHeaderFieldCount: RequestLimits.headerFields)))
    let listener = listener(Connection(http: http, certificate: certificate), port: port, logger) { [wish] in
      onReady(Self.address(wish, port: port, sessions))
      ServiceManager.tell("READY=1")
    }
    let group = ServiceGroup(
      configuration: {
        var configuration = ServiceGroupConfiguration(
          // The last ends first: streams and whoever waits for a picture are told before connections are waited for.
          services: [
            .init(service: listener, successTerminationBehavior: .gracefullyShutdownGroup),
            .init(service: Heartbeat(hub: backend.hub), successTerminationBehavior: .ignore),
            .init(service: backend.queue, successTerminationBehavior: .ignore),
          ] + (certificate.map { [.init(service: $0, successTerminationBehavior: .ignore)] } ?? []) + [
            .init(service: Farewell(), successTerminationBehavior: .ignore)
          ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        return configuration
      }())
    do {
      try await group.run()
    } catch let error as IOError {
      throw UserError.request(
        "Nothing can be served at \(wish.address.text): \(SystemReason.words(for: error.errnoCode)).")
    }
    engine.finish()
  }

  // MARK: Parts

  private func backend(_ sessions: Sessions, _ logger: Logger) -> Backend {
    let (hub, metrics) = (EventHub(), Metrics())
    let uploads = Uploads(
      store, folder: engine.installation.serverFolder + "/uploads", limit: wish.queue.limit)
    let abilities = EditWish.Command.allCases.filter { command in
      switch command {
      case .enlarge: !engine.installation.catalog.upscalers.isEmpty
      case .restyle: (try? engine.styleTransfer()) != nil
      }
    }
    let admission = Admission(
      engine: engine, store: store, uploads: uploads, settings: wish.queue, defaultModel: wish.model)
    let samples = StyleSamples(admission, hub: hub)
    return Backend(
      engine: engine, store: store,
      queue: JobQueue(admission, hub: hub, metrics: metrics, samples: samples, logger: logger), hub: hub,
      uploads: uploads,
      sessions: sessions, metrics: metrics, known: KnownCallers(),
      catalogue: Catalogue(engine.installation.catalog, defaultModel: wish.model), thumbnails: Thumbnails(),
      links: PictureLinks(), studio: StudioFiles(engine.installation), scheme: wish.scheme,
      publicURL: wish.publicURL?.text,
      abilities: Set(abilities))
  }

  private func router(_ backend: Backend, port: Int?) -> Router {
    let isSocket = if case .socket = wish.address { true } else { false }
    let authentication = Authentication(
      store: store, sessions: backend.sessions, owner: wish.needsNoToken ? wish.owner : nil, isSocket: isSocket,
      known: backend.known)
    var router = Router(gates: [
      SecurityHeaders(), RequestLog(metrics: backend.metrics), ErrorAnswers(),
      // Before anybody is asked who they are.
      HostCheck(hosts: HostList(wish.address, port: port, publicURL: wish.publicURL, isEncrypted: wish.tls != nil)),
      CrossOriginCheck(allowed: wish.allowedOrigins), authentication,
    ])
    PageRoutes(backend: backend, attempts: authentication.attempts).add(to: &router)
    JobRoutes(backend: backend).add(to: &router)
    OrderRoutes(backend: backend).add(to: &router)
    OptionRoutes(backend: backend).add(to: &router)
    UploadRoutes(backend: backend).add(to: &router)
    PictureRoutes(backend: backend).add(to: &router)
    EditRoutes(backend: backend).add(to: &router)
    AdminRoutes(backend: backend).add(to: &router)
    OpenAIImages(backend: backend).add(to: &router)
    A1111(backend: backend).add(to: &router)
    HuggingFace(backend: backend).add(to: &router)
    MCPRoutes(backend: backend).add(to: &router)
    return router
  }

  // MARK: Address

  /// What accepts connections: at an address of its own, or on a socket that was handed over.
  private func listener(
    _ connection: Connection, port: Int?, _ logger: Logger, onReady: @escaping @Sendable () -> Void
  ) -> any Service {
    if let descriptor = wish.inheritedSocket {
      return InheritedServer(
        descriptor: descriptor, connection: connection, mostConnections: RequestLimits.connections, logger: logger
      ) { _ in onReady() }
    }
    let address: BindAddress =
      switch wish.address {
      case .network(let host, _): .hostname(host, port: port ?? 0)
      case .socket(let path): .unixDomainSocket(path: path)
      }
    return connection.server(
      configuration: ServerConfiguration(
        address: address,
        availableConnectionsDelegate: MaximumAvailableConnections(RequestLimits.connections, logger: logger)),
      onServerRunning: { [wish] _ in
        if case .socket(let path) = wish.address { _ = unsafe chmod(path, 0o600) }
        onReady()
      }, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
  }

  /// The port that is asked for; one that is free where any will do, as its number is part of the names that it answers to.
  private static func freePort(_ address: ListenAddress) throws -> Int? {
    guard case .network(_, let port) = address else { return nil }
    guard port == 0 else { return port }
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
      }
    }
    guard isBound else { throw UserError.resources("No port is free on this machine.") }
    return Int(UInt16(bigEndian: name.sin_port))
  }

  private static func address(_ wish: ServerWish, port: Int?, _ sessions: Sessions) -> Address {
    let key = wish.needsNoToken ? nil : sessions.makeLink()
    guard case .network(let host, _) = wish.address, let port else {
      return Address(url: wish.publicURL?.text, link: nil, port: nil)
    }
    let shown = ListenAddress.isWildcard(host) ? "127.0.0.1" : host
    let url = wish.publicURL?.text ?? "\(wish.scheme)://\(shown.bracketed):\(port)"
    return Address(url: url, link: key.map { "\(url)/enter?key=\($0)" } ?? url, port: port)
  }
}

/// Keeps streams of events alive.
private struct Heartbeat: Service {
  let hub: EventHub

  func run() async throws { await cancelWhenGracefulShutdown { await hub.beat() } }
}

/// Tells a service manager that the end has begun.
private struct Farewell: Service {
  func run() async throws {
    try? await gracefulShutdown()
    ServiceManager.tell("STOPPING=1")
  }
}
