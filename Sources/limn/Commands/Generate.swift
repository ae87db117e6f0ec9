import ArgumentParser
import Engine
import Families
import Foundation
import Guardrail
import Images
import Options
import Painting
import Remote
import System
import Tensors
import Terminal
import Views

/// `limn "a red fox"`: the default command.
struct Generate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Paint a picture from a prompt (the default command).")

  @Argument(help: "What to paint; '-' reads it from standard input.")
  var prompt: [String] = []

  @Flag(
    name: .shortAndLong,
    help: "Paint prompt after prompt at a line with history; `!help` there tells how settings are changed.")
  var interactive = false

  @OptionGroup(title: "Picture") var presets: PresetOptions
  @OptionGroup(title: "Picture") var picture: SettingOptions<PictureGroup>
  @OptionGroup(title: "Sampling") var sampling: SettingOptions<SamplingGroup>
  @OptionGroup(title: "Machine") var machine: MachineOptions
  @OptionGroup(title: "Choosing") var choosing: MatchOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func validate() throws {
    guard !prompt.isEmpty || interactive else {
      throw ValidationError("Say what to paint: the prompt is missing, as in `limn \"a red fox in the snow\"`.")
    }
  }

  func run() async throws {
    var texts = try presets.completing(picture.texts.merging(sampling.texts) { first, _ in first })
    if interactive {
      var conversation = try InteractivePainting(
        texts, prompt: prompt.joined(separator: " "), machine: machine, choosing: choosing, output: output)
      return try await conversation.run()
    }
    let prompt = try promptText()
    texts["prompt"] = prompt
    let settings = try PictureSettings(texts)
    if self.prompt == ["-"], settings.picturePaths.contains("-") {
      throw UserError.request("Standard input is one: either the prompt or the reference.")
    }
    if let word = self.prompt.first, let command = Misspelling.command(near: word), !output.quiet {
      Console.note("Painting \"\(word)\"; the command is spelt `limn \(command)`.")
    }
    try await PaintCommand(settings: settings, machine: machine, choosing: choosing, output: output).run()
  }

  private func promptText() throws -> String {
    guard prompt == ["-"] || !prompt.contains("-") else {
      throw UserError.request("'-' reads the prompt from standard input and stands alone.")
    }
    var text = prompt.joined(separator: " ")
    if prompt == ["-"] {
      text = try StandardInput.readPrompt()
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

/// Paints what settings say and tells a person how it goes: `generate`, and `history redo`.
struct PaintCommand {
  let settings: PictureSettings
  let machine: MachineOptions
  let choosing: MatchOptions
  let output: OutputOptions
  /// The identifier of the run that is painted again.
  var redoOf: String?
  /// Hears of each picture when it lies in its place.
  var onPicture: @Sendable (PaintedPicture) throws -> Void = { _ in }

  /// - Parameters:
  ///   - engine: One that stays; nil for one of this command's own.
  ///   - session: Keeps the model for the next command.
  func run(with engine: Engine? = nil, in session: KeptSession? = nil) async throws {
    try machine.check()
    if let address = try Installation.current.remote {
      guard redoOf == nil else {
        throw UserError.request(
          "`limn history redo` paints here again what was painted here; unset LIMN_HOST, or copy its settings by `limn history show`."
        )
      }
      guard choosing.isPlain else {
        throw UserError.request(
          "--best-of and --clip judge pictures that are painted here; leave them out, or unset LIMN_HOST.")
      }
      return try await RemotePaint(address: address, settings: settings, machine: machine, output: output).run()
    }
    try output.check(count: settings.count)
    try checkKernels()
    try settings.check()
    try choosing.check(pictures: settings.count, seed: settings.seed)
    let engine = engine ?? RunningEngine.start(omitsHistory: output.noHistory, isQuiet: output.quiet)
    do {
      try await paint(with: engine, in: session)
    } catch {
      engine.recorder.failed(settings, error)
      throw error
    }
  }

  private func checkKernels() throws {
    guard let kernels = Installation.current.environment["LIMN_KERNELS"], !Compute.kernelNames.contains(kernels) else {
      return
    }
    let known = Compute.kernelNames.joined(separator: ", ")
    throw UserError.request("LIMN_KERNELS is \"\(kernels)\"; this processor runs \(known).")
  }

  private func paint(with engine: Engine, in kept: KeptSession?) async throws {
    let clock = ContinuousClock()
    let start = clock.now
    MachineOptions.use(threads: machine.threads)
    let settings = try engine.resolvingRuns(settings)
    let pictures = settings.picturePaths
    guard pictures.count(where: { $0 == "-" }) < 2 else {
      throw UserError.request("Standard input is one picture: name the others.")
    }
    let inputs = try OrderInputs(
      settings, open: { try PictureFile(namedOrPiped: $0) }, decode: machine.limit.decode)
    for path in pictures where path != "-" {
      ProtectedFiles.protectInput(path, as: ProtectedFiles.reference)
    }
    let model = try engine.model(for: settings)
    let bestOf = try choosing.open(for: model.model)
    if output.verbose, case .unchecked(let reason) = model.model.pictureSafety {
      Console.note("Nobody looks at this model's pictures: \(reason).")
    }
    try engine.require(toPaint: [settings])
    let order: Order
    do {
      order = try engine.admit(settings, model, inputs: inputs)
    } catch let refused as RefusedOrder {
      engine.record(refused)
      throw refused
    }
    let session = kept.flatMap { $0.session(of: model, for: settings, limit: machine.limit, choosing: bestOf != nil) }
    if session == nil { engine.releaseGuardrail() }
    var request = PictureRequest(order, model) { [output] in output.place(of: $0) }
    request.count = settings.count
    request.bestOf = bestOf
    request.metadata = output.metadata
    request.encoding = try output.encoding
    request.limit = machine.limit
    request.origin.redoOf = redoOf
    request.startSeconds = (clock.now - start) / .seconds(1)
    let speeds = PaintingSpeeds(cacheFolder: engine.installation.cacheFolder)
    if output.verbose || Console.canRedraw && !output.quiet {
      let forecast = engine.forecast(request, speeds)
      if output.verbose || forecast.isLong, let sentence = forecast.sentence { Console.note(sentence) }
    }
    for warning in [order.prompt.warning, order.shortfall].compactMap(\.self) where !output.quiet {
      Console.warning(warning.asFlags)
    }
    let view = PaintingView(request, output)
    defer { view.clear() }
    try await Interruption.cancelling { [request, onPicture] in
      try await engine.paint(request, in: session) { event in
        try view.show(event)
        if case .painted(let picture) = event {
          speeds.add(picture, modelHash: request.model.hash.digitsIfReady ?? "")
          speeds.save()
          try onPicture(picture)
        }
      }
    }
    if view.isRefused { throw ExitCode(ExitStatus.refused.rawValue) }
  }
}
