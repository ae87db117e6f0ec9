import ArgumentParser
import Foundation
import Generation
import Guardrail
import Images
import Sampling
import Tensors

/// `limn "a red fox"`: the default command.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Paint a picture from a prompt (the default command).")

  @Argument(help: "What to paint; '-' reads it from standard input.")
  var prompt: [String]

  @OptionGroup(title: "Picture") var picture: PictureOptions
  @OptionGroup(title: "Sampling") var sampling: SamplingOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  /// Words that will be commands: a typed command is no prompt.
  private static let plannedCommands = ["batch", "history", "report", "roles", "bench", "doctor"]

  func run() throws {
    let clock = ContinuousClock()
    let start = clock.now
    try checkCombinations()
    if let threads = sampling.threads { Compute.use(threads: threads) }
    let text = try promptText()
    let reference = try readReference()

    let catalog = Installation.catalog
    let entry = try catalog.find(sampling.model)
    let model = try catalog.open(entry)
    let order = try Order(self, model: model, prompt: text, reference: reference)
    // Before any work starts: what would be painted, expanded, passes the guardrail.
    let approved = try Installation.guardrail(catalog).approve(prompt: order.prompt, negative: order.negative)
    if approved.verdict.decision == .warn, !output.quiet {
      Console.warning(
        "The guardrail let this pass with a warning: \(approved.verdict.reasons.map(\.description).joined(separator: "; "))."
      )
    }
    let limit = sampling.maxMemory.map { MemoryLimit(wished: $0.bytes) } ?? MemoryLimit()
    let plan = try MemoryPlan(
      model, size: order.request.size, isGuided: order.request.guidance > 1, limit: limit)
    var session = PaintingSession(
      model: model, order: order, memory: plan, output: output, startSeconds: (clock.now - start) / .seconds(1))
    try session.paintAll(approved)
  }

  private func checkCombinations() throws {
    func refuse(_ sentence: String) throws -> Never { throw GenerationError.request(sentence) }
    guard (1...100_000).contains(picture.count) else { try refuse("--count \(picture.count) is not 1 to 100000.") }
    if let steps = sampling.steps, !(1...1000).contains(steps) { try refuse("--steps \(steps) is not 1 to 1000.") }
    if let threads = sampling.threads, !(1...1024).contains(threads) {
      try refuse("--threads \(threads) is not 1 to 1024.")
    }
    if let guidance = sampling.guidance, !(guidance.isFinite && (0...100).contains(guidance)) {
      try refuse("--guidance \(guidance) is not 0 to 100.")
    }
    if let strength = picture.strength {
      guard picture.reference != nil else { try refuse("--strength says how far to leave a --reference; name one.") }
      guard (0...1).contains(strength) else { try refuse("--strength \(strength) is not 0 to 1.") }
    }
    if output.output == "-" {
      guard picture.count == 1 else { try refuse("Standard output takes one picture; leave out --count.") }
      guard !output.json else { try refuse("Standard output cannot take both the picture and --json.") }
      guard isatty(STDOUT_FILENO) == 0 else {
        try refuse("A PNG on the terminal helps nobody: redirect standard output, or use --preview.")
      }
    }
    guard output.output != "" else { try refuse("--output names no file.") }
    guard !(output.quiet && output.verbose) else { try refuse("--quiet and --verbose do not go together.") }
    guard prompt == ["-"] || !prompt.contains("-") else {
      try refuse("'-' reads the prompt from standard input and stands alone.")
    }
    if let word = prompt.first, Generate.plannedCommands.contains(word) {
      try refuse("limn has no command \"\(word)\" yet. To paint it, say more: \"a \(word)\".")
    }
    if let kernels = Installation.environment["LIMN_KERNELS"], !Compute.kernelNames.contains(kernels) {
      let known = Compute.kernelNames.joined(separator: ", ")
      try refuse("LIMN_KERNELS is \"\(kernels)\"; this processor runs \(known).")
    }
    if prompt == ["-"], picture.reference == "-" {
      try refuse("Standard input is one: either the prompt or the reference.")
    }
  }

  private func promptText() throws -> String {
    var text = prompt.joined(separator: " ")
    if prompt == ["-"] {
      let data = FileHandle.standardInput.readDataToEndOfFile()
      guard let decoded = String(validating: data, as: UTF8.self) else {
        throw GenerationError.input("The prompt on standard input is not UTF-8.")
      }
      text = decoded
    }
    text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !text.isEmpty else { throw GenerationError.request("The prompt is empty: say what to paint.") }
    guard text.utf8.count <= 1 << 20 else { throw GenerationError.request("The prompt is longer than a megabyte.") }
    return text
  }

  private func readReference() throws -> Picture? {
    guard let name = picture.reference else { return nil }
    guard name == "-" else { return try Picture(contentsOf: name) }
    return try Picture(bytes: Array(FileHandle.standardInput.readDataToEndOfFile()), name: "standard input")
  }
}

/// What is to be painted, with everything that was left open filled in.
struct Order {
  /// As typed, without the style.
  let typedPrompt: String
  /// What the model is given.
  let prompt: String
  let negative: String
  let style: String?
  let count: Int
  let request: PaintingRequest

  init(_ command: Generate, model: Model, prompt: String, reference: Picture?) throws {
    let (picture, sampling) = (command.picture, command.sampling)
    let style = try picture.style.map(model.profile.style)
    typedPrompt = prompt
    self.prompt = style?.applied(to: prompt) ?? prompt
    negative = style?.applied(toNegative: picture.negative) ?? picture.negative
    self.style = style?.name
    count = picture.count
    let size = try SizePlan(
      picture.sizeWish(reference: reference), profile: model.profile, multiple: model.traits.sizeMultiple)
    var request = PaintingRequest(
      size: size, seed: sampling.seed ?? UInt64.random(in: 0..<1 << 32),
      steps: sampling.steps ?? model.profile.steps, guidance: sampling.guidance ?? model.profile.guidance)
    guard request.seed.addingReportingOverflow(UInt64(picture.count - 1)).overflow == false else {
      throw GenerationError.request("--seed \(request.seed) leaves no room for \(picture.count) pictures.")
    }
    request.clipSkip = sampling.clipSkip
    request.randomKind = sampling.rng
    request.sampler = sampling.sampler
    request.schedule = sampling.schedule
    request.spacing = sampling.spacing.spacing
    request.promptSyntax = sampling.promptSyntax
    request.reference = reference.map { Reference(picture: $0, strength: picture.strength ?? 0.75) }
    self.request = request
  }
}
