import ArgumentParser
import Foundation
import Generation
import Guardrail
import History
import Images
import Sampling
import System
import Tensors

/// `limn "a red fox"`: the default command.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Paint a picture from a prompt (the default command).")

  @Argument(help: "What to paint; '-' reads it from standard input.")
  var prompt: [String]

  @OptionGroup(title: "Picture") var picture: PictureOptions
  @OptionGroup(title: "Sampling") var sampling: SamplingOptions
  @OptionGroup(title: "Choosing") var choosing: MatchOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws { try run(redoOf: nil) { _ in } }

  /// - Parameters:
  ///   - redoOf: The identifier of the run that is painted again.
  ///   - onPicture: Hears of each picture when it lies in its place.
  func run(redoOf: String?, onPicture: (PaintedPicture) throws -> Void) throws {
    try checkCombinations()
    if let word = prompt.first, let command = Misspelling.command(near: word), !output.quiet {
      Console.note("Painting \"\(word)\"; the command is spelt `limn \(command)`.")
    }
    let wish = wish(prompt: try promptText())
    try wish.check()
    try choosing.check(pictures: wish.count, seed: wish.seed)
    let records = HistoryKeeper(isOmitted: output.noHistory, isQuiet: output.quiet)
    do {
      try paint(wish, records, redoOf: redoOf, onPicture: onPicture)
    } catch {
      records.failed(wish, model: sampling.model, error)
      throw error
    }
  }

  private func paint(
    _ wish: PictureWish, _ records: HistoryKeeper, redoOf: String?, onPicture: (PaintedPicture) throws -> Void
  ) throws {
    let clock = ContinuousClock()
    let start = clock.now
    if let threads = sampling.threads { Compute.use(threads: threads) }
    let reference = try readReference()

    let catalog = Installation.catalog
    let model = try catalog.open(catalog.find(sampling.model))
    let contest = try choosing.open(for: model)
    let size = reference.map { PictureSize(width: $0.width, height: $0.height) }
    var order = try Order(wish, model: model, referenceSize: size)
    if let reference { order = order.starting(from: reference) }
    if output.verbose, case .unchecked(let reason) = model.pictureSafety {
      Console.note("Nobody looks at this model's pictures: \(reason).")
    }
    let hash = BackgroundHash(model.hashedFile)
    try requirePermissions(records)
    let approved = try approve(order, records, role: records.access.role, model: model, hash: hash)
    var limit = sampling.maxMemory.map { MemoryLimit(wished: $0.bytes) } ?? MemoryLimit()
    if let contest { limit = limit.leaving(try contest.match.predictedBytes(), for: "the pair that judges") }
    if let reference { limit = limit.leaving(reference.pixels.count, for: "the reference picture") }
    let each = contest?.count ?? 1
    var session = PaintingSession(
      model: model, limit: limit, presentation: output.presentation, paintsSeveral: wish.count * each > 1,
      startSeconds: (clock.now - start) / .seconds(1))
    let writer = PictureWriter(modelName: model.name, modelHash: hash, metadata: output.metadata)
    try session.plan(order)
    try writer.check(place(of: order))
    let orderID = wish.count > 1 ? RunIdentifier.fresh() : nil
    var isRefused = false
    for index in 0..<wish.count {
      let order = order.following(index * each)
      let run = PictureRun(
        order: order, model: model, modelHash: hash, verdict: approved.verdict,
        origin: RunOrigin(orderID: orderID, redoOf: redoOf))
      let label = wish.count > 1 ? "\(index + 1)/\(wish.count)" : "painting"
      let isLast = index == wish.count - 1
      do {
        let picture = try records.observe(run) {
          guard let contest else {
            return try writer.write(
              session.paint(order, approved, label: label, isLast: isLast), order, to: place(of: order))
          }
          let choice = try contest.choose(from: order) { order, place in
            try session.paint(
              order, approved, label: each > 1 ? "\(label) \(place + 1)/\(each)" : label,
              isLast: isLast && place == each - 1)
          }
          return try writer.write(choice.painting, choice.order, to: place(of: choice.order), match: choice.record)
        }
        session.show(picture)
        try report(picture)
        try onPicture(picture)
        if picture.painting.safety.isBlurred { isRefused = true }
      } catch let refusal as Refusal {
        // Another seed may well do.
        Console.error("\(refusal)")
        isRefused = true
      }
    }
    if isRefused { throw ExitCode(ExitStatus.refused.rawValue) }
  }

  private func requirePermissions(_ records: HistoryKeeper) throws {
    try records.require(.paint)
    if picture.reference != nil { try records.require(.useReference) }
    if sampling.model != nil { try records.require(.chooseModel) }
    if output.noHistory { try records.require(.skipHistory) }
  }

  /// Before any work starts: what would be painted, expanded, passes the guardrail, and so does the reference.
  private func approve(
    _ order: Order, _ records: any RunObserver, role: Role?, model: Model, hash: BackgroundHash
  ) throws -> ApprovedPrompt {
    do {
      let approved = try Installation.guardrail(Installation.catalog, role: role)
        .approve(prompt: order.prompt, negative: order.negative)
      if let reference = order.request.reference {
        try Painter(model).check(reference: reference.picture, for: approved)
      }
      if let warning = approved.warning, !output.quiet { Console.warning(warning) }
      return approved
    } catch let refusal as Refusal {
      let run = PictureRun(order: order, model: model, modelHash: hash, verdict: nil)
      try records.observe(run) { throw refusal }
      throw refusal
    }
  }

  /// A name given by the user is theirs to overwrite; with several pictures, or a name of our own, nothing is.
  private func place(of order: Order) -> PictureWriter.Place {
    if output.output == "-" { return .standardOutput }
    return .file(
      output.output ?? "\(Slug.slug(of: order.wish.prompt))-\(order.request.seed).png",
      ifTaken: output.output == nil || order.wish.count > 1 ? .rename : .replace)
  }

  private func report(_ picture: PaintedPicture) throws {
    if output.json {
      try Console.result(picture.record.json)
    } else if let path = picture.path, !output.quiet {
      // A result when piped, a note when a person watches: either way the path.
      try Console.result(path)
    }
  }

  private func wish(prompt: String) -> PictureWish {
    var wish = PictureWish(prompt: prompt)
    wish.negative = picture.negative
    wish.style = picture.style
    wish.aspect = picture.aspect
    wish.size = picture.size
    wish.megapixels = picture.megapixels
    wish.width = picture.width
    wish.height = picture.height
    wish.reference = picture.reference
    wish.strength = picture.strength
    wish.count = picture.count
    wish.seed = sampling.seed
    wish.steps = sampling.steps
    wish.guidance = sampling.guidance
    wish.guidanceEnd = sampling.guidanceEnd
    wish.deepCache = sampling.deepCache
    wish.clipSkip = sampling.clipSkip
    wish.randomKind = sampling.rng
    wish.sampler = sampling.sampler
    wish.schedule = sampling.schedule
    wish.spacing = sampling.spacing.spacing
    wish.promptSyntax = sampling.promptSyntax
    return wish
  }

  private static let otherFormats = [".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"]

  private func checkCombinations() throws {
    func refuse(_ sentence: String) throws -> Never { throw GenerationError.request(sentence) }
    if let threads = sampling.threads, !(1...1024).contains(threads) {
      try refuse("--threads \(threads) is not 1 to 1024.")
    }
    if output.output == "-" {
      guard picture.count == 1 else { try refuse("Standard output takes one picture; leave out --count.") }
      guard !output.json else { try refuse("Standard output cannot take both the picture and --json.") }
      guard isatty(STDOUT_FILENO) == 0 else {
        try refuse("A PNG on the terminal helps nobody: redirect standard output, or use --preview.")
      }
    }
    if let word = output.previewWord?.word, output.preview == nil {
      let known = PreviewOption.allCases.map(\.rawValue).joined(separator: ", ")
      try refuse("--preview=\(word) is not known; use one of \(known).")
    }
    guard output.output != "" else { try refuse("--output names no file.") }
    if let name = output.output, Generate.otherFormats.contains(where: name.lowercased().hasSuffix) {
      try refuse("limn writes PNG: --output \(name) would be a PNG under another name.")
    }
    guard !(output.quiet && output.verbose) else { try refuse("--quiet and --verbose do not go together.") }
    guard prompt == ["-"] || !prompt.contains("-") else {
      try refuse("'-' reads the prompt from standard input and stands alone.")
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
      let data = try StandardInput.read()
      guard let decoded = String(validating: data, as: UTF8.self) else {
        throw GenerationError.input("The prompt on standard input is not UTF-8.")
      }
      text = decoded
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func readReference() throws -> Picture? {
    try picture.reference.map(Picture.init(namedOrPiped:))
  }
}
