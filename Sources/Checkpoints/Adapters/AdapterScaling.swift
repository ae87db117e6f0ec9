import JSON
import System
import Tensors

/// What peft and diffusers say of a LoRA's strength beside its tensors: in the file's metadata (`lora_adapter_metadata`, diffusers
/// 0.34), or in `adapter_config.json` beside it.
///
/// LyCORIS's rank-stabilised LoRAs need nothing of the kind: their alphas hold it already.
struct AdapterScaling: Sendable {
  private let settings: [String: JSONValue]

  /// - Parameter path: Where the file lies.
  /// - Throws: `CheckpointError` where they are no JSON.
  init(_ file: any CheckpointFile, path: String) throws(CheckpointError) {
    if let text = file.metadata["lora_adapter_metadata"] {
      guard let object = (try? JSONValue(parsing: Array(text.utf8)))?.object else {
        throw CheckpointError(file.origin, "its `lora_adapter_metadata` is not a JSON object")
      }
      settings = object
      return
    }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let beside = folder.appending(pathComponent: "adapter_config.json")
    guard path.hasSuffix("adapter_model.safetensors"), PathKind(beside) == .file else {
      settings = [:]
      return
    }
    settings = try JSONValue(contentsOf: beside).object ?? [:]
  }

  /// What the product of the factors is multiplied by: alpha / rank, or alpha / sqrt(rank) (Kalajdzievski 2023); 1 where nobody
  /// says an alpha.
  ///
  /// - Parameter alpha: What the file says for the module.
  func scale(rank: Int, alpha: Double?, part: String, module: String) -> Double {
    if let alpha { return alpha / Double(rank) }
    guard let alpha = pattern("alpha_pattern", part, module) ?? value("lora_alpha", part)?.double else { return 1 }
    let isStabilised = value("use_rslora", part)?.bool ?? false
    return alpha / (isStabilised ? Double(rank).squareRoot() : Double(rank))
  }

  private func value(_ name: String, _ part: String) -> JSONValue? { settings["\(part).\(name)"] ?? settings[name] }

  /// The value for the modules that a pattern names by their ends.
  private func pattern(_ name: String, _ part: String, _ module: String) -> Double? {
    let patterns = value(name, part)?.object ?? [:]
    let found = patterns.keys.sorted().first { key in
      let end = key.hasPrefix("^") ? String(key.dropFirst()) : key
      return module == end || module.hasSuffix(".\(end)")
    }
    return found.flatMap { patterns[$0]?.double }
  }
}
