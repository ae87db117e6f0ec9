import Checkpoints
import JSON
import System

/// Which of a model's files limn reads, so that nothing else is fetched.
package struct FileSelection: Sendable {
  /// Paths that are wanted whatever else is there; empty for the model as a whole.
  package var files: [String] = []
  /// Of several copies of the weights, as diffusers names them: `fp16`.
  package var variant: String?

  package init(files: [String] = [], variant: String? = nil) {
    self.files = files
    self.variant = variant
  }

  /// Settings and vocabularies, by name, in whichever component.
  private static let settings: Set = [
    "config.json", "scheduler_config.json", "preprocessor_config.json", "processor_config.json", "tokenizer.json",
    "tokenizer_config.json", "vocab.json", "merges.txt", "special_tokens_map.json", "added_tokens.json",
  ]

  /// Components that some network of limn is read from.
  private static let components: Set = [
    "scheduler", "tokenizer", "tokenizer_2", "text_encoder", "text_encoder_2", "unet", "transformer", "vae", "prior",
    "upscaler", "clip", "safety_checker", "feature_extractor",
  ]

  /// - Parameter index: What `model_index.json` says; nil where the model has none.
  /// - Throws: ``UserError/request(_:)`` where there is no such file or variant, or a choice is to be made.
  package func chosen(from model: HubModel, index: JSONValue?) throws(UserError) -> [HubFile] {
    if !files.isEmpty { return try named(in: model) }
    if let index { return try folder(model, index) }
    let own = model.files.filter { $0.folder.isEmpty }
    if own.contains(where: { $0.name == "config.json" }), own.contains(where: { $0.name == "preprocessor_config.json" })
    {
      return own.filter { FileSelection.settings.contains($0.name) } + (try weights(of: "", model))
    }
    let weights = model.files.filter { CheckpointFiles.stem(of: $0.name) != nil }
    guard let only = weights.first else {
      throw .input("\(model.repository) holds no model: neither model_index.json nor a .safetensors or .gguf file.")
    }
    guard weights.count == 1 else {
      let list = weights.prefix(20).map { "  \($0.path.harmlessName)\($0.size.map { " (\(ByteCount($0)))" } ?? "")" }
      let more = weights.count > 20 ? "\n  and \(weights.count - 20) more" : ""
      throw .request(
        "\(model.repository) is no diffusers folder; name one of its files by `file`:\n\(list.joined(separator: "\n"))\(more)"
      )
    }
    return [only]
  }

  private func named(in model: HubModel) throws(UserError) -> [HubFile] {
    guard variant == nil else {
      throw .request("`variant` chooses among the weights of a whole model; with `file` name the file itself.")
    }
    var found: [HubFile] = []
    for path in files {
      guard let file = model.files.first(where: { $0.path == path }) else {
        let weights = model.files.filter { CheckpointFiles.stem(of: $0.name) != nil }.map(\.path)
        throw .request(
          "\(model.repository) has no file \"\(path.harmlessName)\"; of weights it has \(weights.quotedList).")
      }
      found.append(file)
    }
    return found
  }

  /// The files of a diffusers folder.
  private func folder(_ model: HubModel, _ index: JSONValue) throws(UserError) -> [HubFile] {
    var wanted = Set(model.files.filter { $0.path == "model_index.json" })
    var hasVariant = false
    for (component, value) in (index.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard FileSelection.components.contains(component), value[0]?.string != nil, value[1]?.string != nil else {
        continue
      }
      let inside = model.files.filter { $0.folder == component }
      wanted.formUnion(inside.filter { FileSelection.settings.contains($0.name) })
      guard inside.contains(where: { CheckpointFiles.stem(of: $0.name) != nil }) else { continue }
      let weights = try weights(of: component, model)
      if let variant { hasVariant = hasVariant || weights.contains { $0.name.contains(".\(variant)") } }
      wanted.formUnion(weights)
    }
    if let variant, !hasVariant {
      let known = FileSelection.variants(of: model)
      let list = known.isEmpty ? "it has one copy of each" : "it has \(known.quotedList)"
      throw .request("\(model.repository) has no weights of the variant \"\(variant.harmlessName)\"; \(list).")
    }
    return wanted.sorted { $0.path < $1.path }
  }

  /// The weights of a component: of all the forms that are there the one that limn would read.
  private func weights(of folder: String, _ model: HubModel) throws(UserError) -> [HubFile] {
    let files = model.files.filter { $0.folder == folder }
    let names = files.map(\.name)
    // What is asked for first, else what every model has.
    let orders =
      variant.map { [WeightFiles.candidates(variant: $0), WeightFiles.candidates] } ?? [WeightFiles.candidates]
    for name in orders.joined() where names.contains(name) {
      guard name.hasSuffix(".json") else { return files.filter { $0.name == name } }
      return files.filter { $0.name == name || WeightFiles.isShard($0.name, ofIndex: name) }
    }
    // A quantised denoiser alone.
    let quantised = files.filter { $0.name.hasSuffix(".gguf") }
    if quantised.count == 1 { return quantised }
    throw .input("\(model.repository) has no weights that limn reads in \"\(folder)\": it holds \(names.quotedList).")
  }

  /// What stands between name and ending of weights, as in `model.fp16.safetensors`.
  private static func variants(of model: HubModel) -> [String] {
    let marks = model.files.compactMap { file -> String? in
      let parts = file.name.split(separator: ".")
      guard parts.count == 3, parts[2] == "safetensors" || parts[2] == "bin", !file.folder.isEmpty else { return nil }
      return String(parts[1].split(separator: "-")[0])
    }
    return Set(marks).sorted()
  }
}
