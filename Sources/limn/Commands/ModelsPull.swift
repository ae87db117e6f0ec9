import ArgumentParser
import Engine
import Families
import Foundation
import Store
import Synchronization
import System
import Terminal

/// `limn models pull`: a model of the hub into the Hugging Face cache.
struct ModelsPull: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Fetch a model from the Hugging Face hub.",
    discussion: """
      limn models pull sdxl-turbo
      limn models pull stabilityai/stable-diffusion-xl-base-1.0 --variant fp16
      limn models pull ORGANISATION/NAME@REVISION --file model-Q8_0.gguf --yes

      Only the files that limn reads are fetched, into the cache that other programs share (HF_HOME). What was interrupted \
      goes on where it ended. Heeded are HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE, HF_HUB_DOWNLOAD_TIMEOUT, SSL_CERT_FILE, \
      http_proxy, https_proxy, all_proxy and no_proxy. Exit status: 2 where there is no such file or variant, 5 where the \
      hub cannot be reached, refuses or sends something wrong, 6 where the disk has too little room, 130 interrupted.
      """)

  @Argument(
    help: ArgumentHelp(
      "ORGANISATION/NAME, with @REVISION for another than main, or a name of the catalogue (`limn models list --catalogue`).",
      valueName: "model"))
  var name: String

  @Option(
    help: ArgumentHelp("A file of it, by its path there, instead of a whole model; repeatable.", valueName: "path"))
  var file: [String] = []

  @Option(help: "Which of several copies of the weights: fp16 (default: the full one, of catalogue models fp16).")
  var variant: String?

  @Flag(name: .shortAndLong, help: "Ask nothing before fetching.")
  var yes = false

  @Flag(help: "Print JSON objects on standard output: plan, progress, done. Needs --yes.")
  var json = false

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  func run() async throws {
    let known = KnownModel.named(name)
    let reference = try ModelReference(known?.repository ?? name)
    let selection = FileSelection(files: file, variant: variant ?? (file.isEmpty ? known?.variant : nil))
    let installation = Installation.current
    try Models.requirePermission()
    guard yes || (Console.isTerminal && StandardInput.isTerminal && !json) else {
      throw UserError.request(
        "Nobody is there to be asked whether \(reference.repository) is wanted; --yes fetches it at once.")
    }
    guard let root = installation.catalog.cacheRoot else {
      throw UserError.request("There is no place for a cache: neither HF_HOME nor HOME is set.")
    }
    let settings = try HubSettings(environment: installation.environment)
    let (asks, isQuiet, printsJSON) = (!yes, quiet, json)
    try await Interruption.cancelling(paints: false) {
      try await HubConnection.with(settings, report: { if !isQuiet { Console.warning($0) } }) { connection in
        let pull = try await ModelPull(reference, selection, root: root, over: connection)
        try pull.checkRoom()
        if printsJSON { try Console.result(PullRecord(plan: pull).json) }
        if !isQuiet { Console.note(Self.description(of: pull)) }
        if asks, pull.missingBytes > 0, try !StandardInput.agrees("Fetch it?") { throw ExitCode(0) }
        let place = try await Self.fetch(pull, quiet: isQuiet, json: printsJSON)
        if printsJSON {
          try Console.result(PullRecord(done: pull, path: place).json)
        } else {
          try Console.result(place)
        }
      }
    }
  }

  /// What is about to come, for whoever decides.
  private static func description(of pull: ModelPull) -> String {
    let (model, total, missing) = (pull.model, pull.bytes, pull.missingBytes)
    let licence = model.licence ?? "not said; see the model's page"
    let count = pull.files.count
    let there = missing == total ? "" : missing == 0 ? ", all of it there" : ", \(ByteCount(missing)) of it missing"
    return """
      \(pull.reference.description) (\(model.commit.prefix(8)))
      licence: \(licence)\(model.isGated ? ", for those who accept its terms" : "")
      \(count) \(count == 1 ? "file" : "files"), \(ByteCount(total))\(there)
      """
  }

  private static func fetch(_ pull: ModelPull, quiet: Bool, json: Bool) async throws -> String {
    let bar = TransferBar(
      pull.reference.repository.split(separator: "/").last.map(String.init) ?? "", total: pull.bytes)
    let total = pull.bytes
    let told = Mutex<ContinuousClock.Instant?>(nil)
    defer { if !quiet { Console.clearLine() } }
    return try await pull.run { bytes in
      if !quiet { bar.show(bytes) }
      guard json else { return }
      let isDue = told.withLock { told in
        guard told.map({ ContinuousClock.now - $0 >= .seconds(1) }) ?? true else { return false }
        told = .now
        return true
      }
      if isDue { try? Console.result(PullRecord(bytes: bytes, of: total).json) }
    }
  }
}

/// A line that `--json` prints.
private struct PullRecord: Encodable {
  let event: String
  var repository: String?
  var revision: String?
  var commit: String?
  var licence: String?
  var files: [String]?
  var bytes: Int?
  var missingBytes: Int?
  var totalBytes: Int?
  var path: String?

  init(plan pull: ModelPull) {
    event = "plan"
    repository = pull.reference.repository
    revision = pull.reference.revision
    commit = pull.model.commit
    licence = pull.model.licence
    files = pull.files.map(\.path)
    bytes = pull.bytes
    missingBytes = pull.missingBytes
  }

  init(bytes: Int, of total: Int) {
    event = "progress"
    self.bytes = bytes
    totalBytes = total
  }

  init(done pull: ModelPull, path: String) {
    event = "done"
    repository = pull.reference.repository
    commit = pull.model.commit
    bytes = pull.bytes
    self.path = path
  }
}
