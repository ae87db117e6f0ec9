import ArgumentParser
import Engine
import Foundation
import Images
import Options
import Painting
import Server
import System
import Tensors
import Terminal

/// `limn serve`: the studio in a browser, and the APIs that programs speak.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a studio for browsers, and APIs for programs, over HTTP.",
    discussion: """
      limn serve --open                                  the studio, on this machine alone
      limn serve --socket /run/limn/limn.sock            for users of this machine, by who they are
      limn serve --listen 192.168.1.5 --model sd15       for the network: needs tokens (`limn tokens`)
      limn serve --listen 192.168.1.5 --tls-certificate fullchain.pem --tls-key privkey.pem

      It speaks limn's own API (/api/v1), OpenAI's for pictures (/v1), A1111's (/sdapi/v1), Hugging Face's (/hf) and \
      MCP (/mcp). docs/serving.md has more. SIGTERM ends it in order; jobs that wait are painted after the next start.
      """)

  @Option(help: "Where to listen: ADDRESS or ADDRESS:PORT (default: 127.0.0.1:7870, this machine alone).")
  var listen: String?

  @Option(help: "Listen on a socket instead; whoever connects is known as the user that they are.", completion: .file())
  var socket: String?

  @Option(
    help: ArgumentHelp(
      "Speak TLS by this certificate (PEM; the server's own first, then those above it); taken up anew when renewed.",
      valueName: "file"), completion: .file())
  var tlsCertificate: String?

  @Option(help: ArgumentHelp("The certificate's private key (PEM).", valueName: "file"), completion: .file())
  var tlsKey: String?

  @Option(
    help: "How others call this server, such as https://studio.example.org; requests under other names are refused.")
  var publicURL: String?

  @Option(
    name: .shortAndLong, help: "The model that paints where nobody names one (default: limn's own).",
    completion: .custom(SettingNames.models))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "A ControlNet or T2I-Adapter that pictures may control by: NAME, a file or a folder; may be repeated.",
      valueName: "name"), completion: .file())
  var controlModel: [String] = []

  @Flag(help: "Open the studio in the browser.")
  var open = false

  @Flag(help: "Let whoever reaches the server on this machine paint in your name, other users of it too.")
  var noToken = false

  @Option(help: ArgumentHelp("Let this site's pages use the server; may be repeated.", valueName: "origin"))
  var allowOrigin: [String] = []

  @Option(help: "Where pictures are written (default: $XDG_DATA_HOME/limn/pictures).", completion: .directory)
  var pictures: String?

  @Option(parsing: .unconditional, help: "Pictures that a person may paint a day (default: any number).")
  var dailyPictures: Int?

  @Option(parsing: .unconditional, help: "Seconds of painting that a person may use a day (default: any number).")
  var dailySeconds: Double?

  @Option(
    parsing: .unconditional, help: "Pictures painted at a time (default: as many as are quicker side by side).")
  var jobs: Int?

  @OptionGroup(title: "Machine") var machine: MachineOptions

  @Option(help: "How the log on standard error is written: text (only what went wrong) or json (every request).")
  var logFormat = LogFormat.text

  enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

  func run() async throws {
    if logFormat == .json { Console.format { ServerLog.line($0, level: $1.rawValue) } }
    let wish = try wish()
    MachineOptions.use(threads: machine.threads)
    let engine = RunningEngine.start()
    // A model that is not there is told before anybody asks.
    if let model { _ = try engine.model(model) }
    for name in controlModel { _ = try engine.installation.catalog.controlPath(name) }
    let server = try LimnServer(wish, engine: engine)
    try await server.run { [open, address = wish.address] ready in
      if case .socket(let path) = address { Console.note("Listening on \(path).") }
      guard let url = ready.link ?? ready.url else { return }
      print(url)
      try? Console.finishResults()
      if ready.link != nil, ready.link != ready.url {
        Console.note("The link signs in one browser; Ctrl-C ends the server.")
      }
      if open { Browser.open(url) }
    }
  }

  private func wish() throws -> ServerWish {
    try machine.check()
    guard listen == nil || socket == nil else {
      throw UserError.request("--listen and --socket do not go together; choose one.")
    }
    guard (tlsCertificate == nil) == (tlsKey == nil) else {
      throw UserError.request("--tls-certificate and --tls-key go together; give both.")
    }
    guard jobs.map({ (1...64).contains($0) }) ?? true else { throw UserError.request("--jobs is 1 to 64.") }
    guard dailyPictures.map({ $0 > 0 }) ?? true, dailySeconds.map({ $0 > 0 }) ?? true else {
      throw UserError.request("A daily share is more than 0.")
    }
    let installation = Installation.current
    var queue = QueueSettings(
      limit: machine.limit,
      picturesFolder: URL(fileURLWithPath: pictures ?? installation.picturesFolder).standardizedFileURL.path)
    queue.workers = jobs ?? machine.threads ?? Machine.current.processors
    queue.controlModels = controlModel.map(ControlModelPlace.init)
    guard Set(queue.controlModels.map(\.name)).count == controlModel.count else {
      throw UserError.request("Two of --control-model have the same name; rename one.")
    }
    queue.picturesADay = dailyPictures
    queue.secondsADay = dailySeconds
    var wish = ServerWish(queue: queue, owner: installation.person)
    if let listen { wish.address = try ListenAddress(listen) }
    if let socket { wish.address = .socket(path: try SocketPath.checked(socket)) }
    if let inherited = try ServiceManager.takeSocket(environment: ProcessInfo.processInfo.environment) {
      guard listen == nil, socket == nil else {
        throw UserError.request(
          "A socket was handed over (LISTEN_FDS), which says where to listen; leave out \(listen == nil ? "--socket" : "--listen")."
        )
      }
      wish.inheritedSocket = inherited.descriptor
      switch inherited.place {
      case .network(let host, let port): wish.address = .network(host: host, port: port)
      case .path(let path): wish.address = .socket(path: path)
      }
    }
    if let tlsCertificate, let tlsKey { wish.tls = TLSFiles(certificate: tlsCertificate, key: tlsKey) }
    wish.publicURL = try publicURL.map { (text) throws(UserError) in try PublicURL(text) }
    for origin in allowOrigin {
      _ = try PublicURL(origin)
      wish.allowedOrigins.insert(origin)
    }
    wish.model = model
    wish.needsNoToken = noToken
    wish.logsJSON = logFormat == .json
    return wish
  }
}

/// Sockets lie where nobody else can put one in their place.
private enum SocketPath {
  static func checked(_ path: String) throws(UserError) -> String {
    // `sockaddr_un` holds 108 bytes.
    guard !path.isEmpty, path.utf8.count < 108 else {
      throw .request("--socket \(path.harmlessName) is empty or longer than the 107 bytes of a socket's path.")
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    var status = stat()
    guard unsafe stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw .request("--socket \(path.harmlessName): there is no folder \(folder).")
    }
    guard status.st_mode & S_IWOTH == 0 || status.st_mode & S_ISVTX != 0 else {
      throw .request("--socket \(path.harmlessName): everybody may write in \(folder), and could put their own there.")
    }
    return path
  }
}

private enum Browser {
  static func open(_ url: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["xdg-open", url]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    // Without a browser there is still the link.
    try? process.run()
  }
}
