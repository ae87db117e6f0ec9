import ArgumentParser
import Engine
import Images
import Options
import Painting
import Remote
import System
import Terminal
import Views

/// Has a server paint what settings say: `generate` where `LIMN_HOST` names one.
struct RemotePaint {
  let address: RemoteAddress
  let settings: PictureSettings
  let machine: MachineOptions
  let output: OutputOptions

  func run() async throws {
    try output.check(count: settings.count)
    try settings.check()
    try settings.checkElsewhere(address.name)
    try checkFlags()
    if let warning = address.warning, !output.quiet { Console.warning(warning) }
    // A reference may be a run of the history here.
    let settings =
      settings.picturePaths.isEmpty
      ? settings : try RunningEngine.start(isQuiet: output.quiet).resolvingRuns(settings)
    guard settings.picturePaths.count(where: { $0 == "-" }) < 2 else {
      throw UserError.request("Standard input is one picture: name the others.")
    }
    let view = RemoteView(settings, output)
    defer { view.clear() }
    try await Interruption.cancelling { [address, machine, output] in
      try await RemoteServer.with(address) { server in
        let uploads = RemoteUploads(server, limit: machine.limit) { try PictureFile(namedOrPiped: $0) }
        var wish = RemoteWish(settings, uploads: try await uploads.uploads(for: settings))
        wish.encoding = try output.encoding
        wish.wantsPreviews = output.previewSteps
        let check = try await server.check(wish)
        view.begin(check)
        if case .file(let path, let collision) = output.place(of: settings, seed: check.summary.settings.seed ?? 0) {
          try AtomicFile.check(path, ifTaken: collision)
        }
        try await server.paint(wish.decided(by: check)) { try view.show($0) }
      }
    }
    if view.isRefused { throw ExitCode(ExitStatus.refused.rawValue) }
  }

  /// What decides on this machine decides nothing there.
  private func checkFlags() throws(UserError) {
    let here =
      "is for pictures that are painted here: \(address.name) decides for itself; leave it out, or unset LIMN_HOST."
    if machine.threads != nil { throw .request("--threads \(here)") }
    if machine.maxMemory != nil { throw .request("--max-memory \(here)") }
    if output.noHistory { throw .request("--no-history \(here)") }
    if output.metadata != .full { throw .request("--metadata \(here)") }
  }
}
