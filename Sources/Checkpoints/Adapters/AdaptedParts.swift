import JSON
import Tensors

/// A LoRA with how much of it is wanted.
package struct WeightedAdapter: Sendable {
  package let adapter: Adapter
  /// Of what it does to the denoiser: 0 none, 1 all.
  package let weight: Double
  /// Of what it does to the text encoders.
  package let textEncoderWeight: Double

  package init(_ adapter: Adapter, weight: Double, textEncoderWeight: Double) {
    self.adapter = adapter
    self.weight = weight
    self.textEncoderWeight = textEncoderWeight
  }
}

/// A checkpoint whose networks LoRAs change, one after the other. Whoever reads it need not know.
package struct AdaptedParts: CheckpointParts {
  private let parts: any CheckpointParts
  private let deltas: [String: [String: [(delta: TensorDelta, weight: Float)]]]
  /// Sentences about changes to parts that the checkpoint does not have.
  package let warnings: [String]

  /// - Throws: `CheckpointError` where a LoRA is of another kind of model, or its factors do not fit.
  package init(_ parts: any CheckpointParts, _ adapters: [WeightedAdapter]) throws {
    var deltas: [String: [String: [(delta: TensorDelta, weight: Float)]]] = [:]
    var warnings: [String] = []
    let model = try AdaptableModel(parts)
    for weighted in adapters {
      let matched = try MatchedAdapter(weighted.adapter, model)
      if let warning = matched.warning { warnings.append(warning) }
      for (part, tensors) in matched.deltas {
        let weight = AdapterPlace.denoisers.contains(part) ? weighted.weight : weighted.textEncoderWeight
        for (name, delta) in tensors where weight != 0 {
          deltas[part, default: [:]][name, default: []].append((delta, Float(weight)))
        }
      }
    }
    self.parts = parts
    self.deltas = deltas
    self.warnings = warnings
  }

  package func weights(of part: String) throws(CheckpointError) -> any TensorSource {
    let source = try parts.weights(of: part)
    guard let deltas = deltas[part] else { return source }
    return AdaptedSource(source, deltas: deltas)
  }

  package var path: String { parts.path }
  package var pipelineClass: String? { parts.pipelineClass }
  package var settings: [String: JSONValue] { parts.settings }
  package var unrecognised: [String] { parts.unrecognised }
  package var lacking: [String] { parts.lacking }
  package var latentScale: Double { parts.latentScale }
  package func className(of part: String) -> String? { parts.className(of: part) }
  package func configuration(of part: String) throws(CheckpointError) -> JSONValue {
    try parts.configuration(of: part)
  }
  package func configurationOrigin(of part: String) -> String { parts.configurationOrigin(of: part) }
  package func tokenizerFolder(_ part: String) throws(CheckpointError) -> String? { try parts.tokenizerFolder(part) }
  package var vocabulary: GGUFVocabulary? { parts.vocabulary }
  package func tokenizerPadding(_ part: String) -> String? { parts.tokenizerPadding(part) }
  package func hashedFile(denoiser part: String) throws(CheckpointError) -> String {
    try parts.hashedFile(denoiser: part)
  }
}

/// A checkpoint's parts as LoRAs see them.
struct AdaptableModel {
  let path: String
  let sources: [String: any TensorSource]
  private let modules: [String: AdapterModules]
  /// As people call it; nil where it is not known.
  let family: String?

  init(_ parts: any CheckpointParts) throws {
    var sources: [String: any TensorSource] = [:]
    for part in AdapterPlace.adaptable where parts.has(part) { sources[part] = try parts.weights(of: part) }
    modules = Dictionary(
      uniqueKeysWithValues: sources.map { ($0, AdapterModules(part: $0, tensors: $1.names)) })
    path = parts.path
    self.sources = sources
    let width = try sources["unet"].flatMap { unet in
      try unet.names.first { $0.hasSuffix("attn2.to_k.weight") }.flatMap { try unet.stored($0)?.shape.last }
    }
    family =
      parts.has("text_encoder_2")
      ? AdapterFamily.stableDiffusionXL
      : parts.className(of: "transformer").flatMap(AdapterFamily.named(transformer:))
        ?? width.flatMap(AdapterFamily.named)
  }

  /// diffusers' names of what a LoRA calls a module; nil where there are none.
  func modules(_ place: AdapterPlace) -> (part: String, targets: [KeyMap.Target])? {
    for part in place.parts {
      if let targets = modules[part]?[place.module] { return (part, targets) }
    }
    return nil
  }

  func has(_ part: String) -> Bool { sources[part] != nil }
}

/// What a LoRA does to a model's tensors.
struct MatchedAdapter {
  private(set) var deltas: [String: [String: TensorDelta]] = [:]
  /// A sentence about parts that the model does not have.
  private(set) var warning: String?

  /// - Throws: `CheckpointError` naming what matches nothing of the model, or does not fit.
  init(_ adapter: Adapter, _ model: AdaptableModel) throws {
    let scaling = try AdapterScaling(adapter.file, path: adapter.origin)
    var strangers = adapter.strangers
    var misfits: [String] = []
    var missing: [String: Int] = [:]
    // A file with both spellings of a module means it once; diffusers' own comes first.
    let changes = adapter.changes.map { ($0, model.modules($0.place)) }
    func isOwn(_ change: Adapter.Change, _ found: (part: String, targets: [KeyMap.Target])?) -> Bool {
      found?.targets.contains { $0.name.replacing(".", with: "_") == change.place.module } ?? false
    }
    for (change, found) in changes.filter({ isOwn($0, $1) }) + changes.filter({ !isOwn($0, $1) }) {
      guard let (part, targets) = found else {
        let parts = change.place.parts
        // A model has one denoiser, whichever it is.
        let isWholeKind = parts.count == 1 || parts == AdapterPlace.denoisers && !parts.contains(where: model.has)
        if let absent = parts.first(where: { !model.has($0) }), isWholeKind {
          missing[absent, default: 0] += 1
        } else {
          strangers += change.factors.values
        }
        continue
      }
      for target in targets {
        let (weight, bias) = try adapter.deltas(change, scaling: scaling, part: part, module: target.name)
        for (name, delta) in [("\(target.name).weight", weight), ("\(target.name).bias", bias)] {
          guard var delta, deltas[part]?[name] == nil else { continue }
          guard let stored = try model.sources[part]?.stored(name) else {
            strangers += change.factors.values
            continue
          }
          delta.cut = target.form
          if let misfit = delta.misfit(stored.shape) { misfits.append("\(change.written.quoted) \(misfit)") }
          deltas[part, default: [:]][name] = delta
        }
      }
    }
    // A model without one of the text encoders is of the same kind still; one with another denoiser is not.
    let lacksDenoiser = missing.keys.contains { !$0.hasPrefix("text_encoder") }
    let isWhole = strangers.isEmpty && misfits.isEmpty && !deltas.isEmpty && !lacksDenoiser
    guard isWhole else { throw MatchedAdapter.error(adapter, model, strangers, misfits, missing) }
    if !missing.isEmpty {
      let parts = missing.sorted { $0.key < $1.key }
        .map { "\($0.value) module\($0.value == 1 ? "" : "s") of `\($0.key)`" }
      warning =
        "\(adapter.origin) also changes \(parts.joined(separator: " and ")), which \(model.path) does not have."
    }
  }

  private static func error(
    _ adapter: Adapter, _ model: AdaptableModel, _ strangers: [String], _ misfits: [String], _ missing: [String: Int]
  ) -> CheckpointError {
    let family = AdapterFamily.of(adapter)
    let what = family == model.family ? nil : family
    let kind = what.map { "is a LoRA for \($0), and \(model.path) is \(model.family ?? "of another kind"): " } ?? ""
    if let first = misfits.first {
      let more = misfits.count > 1 ? ", and \(misfits.count - 1) more do not fit" : ""
      return CheckpointError(adapter.origin, "\(kind)\(first)\(more)")
    }
    if strangers.isEmpty {
      let parts = missing.keys.quotedList
      return CheckpointError(
        adapter.origin, "\(kind)it changes \(parts), which \(model.path) does not have")
    }
    let count = strangers.count == 1 ? "1 tensor of it matches" : "\(strangers.count) tensors of it match"
    return CheckpointError(adapter.origin, "\(kind)\(count) nothing of the model: \(strangers.quotedList)")
  }
}
