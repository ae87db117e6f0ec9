import Generation
import History
import Images
import Sampling
import Tokenizers

/// The command line that paints a picture again.
struct RunCommandLine {
  /// Without the program's name.
  private(set) var arguments: [String] = []

  /// From the history: everything is known.
  init(_ run: Run) {
    add("--seed", run.seed.map { "\($0)" })
    add("--width", run.width?.description)
    add("--height", run.height?.description)
    add("--steps", run.steps?.description)
    add("--guidance", run.guidance?.description)
    add("--sampler", run.sampler == "model" ? nil : run.sampler)
    add("--schedule", run.schedule == "model" ? nil : run.schedule)
    add("--spacing", run.spacing)
    add("--rng", run.rng == "torch" ? nil : run.rng)
    add("--clip-skip", run.clipSkip.flatMap { $0 == 0 ? nil : "\($0)" })
    add("--prompt-syntax", run.promptSyntax == "plain" ? nil : run.promptSyntax)
    add("--style", run.style)
    let negative = run.typedNegative ?? run.negative
    add("--negative", negative.isEmpty ? nil : negative)
    add("--reference", run.referencePath)
    add("--strength", run.strength?.description)
    for setting in (run.settings ?? "").split(separator: " ") { arguments.append("--\(setting)") }
    add("--model", run.model == ModelCatalog.bundledName ? nil : run.model)
    arguments += ["--", run.typedPrompt ?? run.prompt]
  }

  /// From what a picture says of itself.
  /// - Parameter tool: The program that wrote it: A1111 draws its noise as CUDA does where it says nothing.
  /// - Throws: ``GenerationError/request(_:)`` where limn knows no such sampler or generator.
  init(_ parameters: GenerationParameters, tool: String?, reference: String?) throws {
    let isA1111 = tool.map { $0.hasPrefix("AUTOMATIC1111") || $0.hasPrefix("Forge") } ?? false
    add("--seed", parameters.seed.map { "\($0)" })
    add("--width", parameters.width?.description)
    add("--height", parameters.height?.description)
    add("--steps", parameters.steps?.description)
    add("--guidance", parameters.guidance?.description)
    add("--sampler", try known(parameters.sampler, "sampler", SamplerName.allCases.map(\.rawValue)))
    add("--schedule", try known(parameters.schedule, "schedule", SigmaSchedule.allCases.map(\.rawValue)))
    add("--spacing", parameters[other: "Spacing"])
    add("--guidance-end", parameters[other: "Guidance end"])
    add("--deep-cache", parameters[other: "DeepCache"])
    add(
      "--rng",
      try known(parameters.randomSource ?? (isA1111 ? "cuda" : nil), "generator", RandomKind.allCases.map(\.rawValue)))
    add("--clip-skip", parameters.clipSkip.flatMap { $0 > 1 ? "\($0 - 1)" : nil })
    add("--prompt-syntax", parameters[other: "Prompt syntax"] ?? (isA1111 ? PromptSyntax.a1111.rawValue : nil))
    add("--negative", parameters.negativePrompt.isEmpty ? nil : parameters.negativePrompt)
    if let strength = parameters.strength {
      guard let reference else {
        throw GenerationError.request(
          "The picture began as another one, which it does not hold; name that by --reference.")
      }
      add("--reference", reference)
      add("--strength", "\(strength)")
    }
    add("--model", parameters.model == ModelCatalog.bundledName ? nil : parameters.model)
    arguments += ["--", parameters.prompt]
  }

  /// Puts another value in the place of one, or adds it.
  mutating func replace(_ flag: String, with value: String?) {
    guard let value else { return }
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    if let place = arguments[..<end].firstIndex(of: flag) {
      arguments[place + 1] = value
    } else {
      arguments.insert(contentsOf: [flag, value], at: 0)
    }
  }

  /// Asks for a style where its words are in the prompt already but there is more to it: it finishes the picture.
  mutating func restore(_ style: Style) {
    guard style.finish != nil, let typed = arguments.last.flatMap(style.typed) else { return }
    arguments[arguments.count - 1] = typed
    replace("--style", with: style.name)
  }

  /// The value of a flag; nil where it is not there.
  func value(of flag: String) -> String? {
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    return arguments[..<end].firstIndex(of: flag).map { arguments[$0 + 1] }
  }

  /// As one types it into a shell.
  var text: String { (["limn"] + arguments.map(RunCommandLine.quoted)).joined(separator: " ") }

  private mutating func add(_ flag: String, _ value: String?) {
    if let value { arguments += value.hasPrefix("-") ? ["\(flag)=\(value)"] : [flag, value] }
  }

  private static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:+=,".contains($0)) }
    return isPlain ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }
}

/// A name that limn must know.
private func known(_ name: String?, _ what: String, _ names: [String]) throws -> String? {
  guard let name, !names.contains(name) else { return name }
  throw GenerationError.request(
    "The picture was painted with the \(what) \"\(name)\", which limn does not have; choose one by --\(what == "generator" ? "rng" : what)."
  )
}
