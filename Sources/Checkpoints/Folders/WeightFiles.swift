import System
import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Finds a component's weights among the names in use.
enum WeightFiles {
  /// diffusers' and transformers' name for the weights of a component.
  private static let stems = ["diffusion_pytorch_model", "model"]
  /// Full precision first, as diffusers does unless told otherwise; then what `variant` names.
  private static let variants = ["", ".fp16", ".bf16"]

  /// File names in the order of preference; an index stands for its shards.
  static let candidates: [String] = variants.flatMap { variant in
    stems.flatMap { stem in
      [
        "\(stem)\(variant).safetensors",
        "\(stem).safetensors.index\(variant).json",
        "\(stem)\(variant).safetensors.index.json",
      ]
    }
  }

  /// Opens the weights in `folder`, whichever of the usual names they have.
  static func open(_ folder: String) throws(CheckpointError) -> any TensorSource {
    for name in candidates {
      let path = folder.appending(pathComponent: name)
      guard PathKind(path) == .file else { continue }
      let origin = folder.lastPathComponent.appending(pathComponent: name)
      return name.hasSuffix(".json")
        ? try ShardedSafetensors(indexPath: path, origin: origin) : try SafetensorsFile(path: path, origin: origin)
    }
    let names = FileTree.names(in: folder)
    let quantised = names.filter { $0.hasSuffix(".gguf") }
    if let name = quantised.first {
      guard quantised.count == 1 else {
        throw CheckpointError(folder, "holds \(quantised.quotedList); one of them was expected")
      }
      return try GGUFFile(
        path: folder.appending(pathComponent: name), origin: folder.lastPathComponent.appending(pathComponent: name))
    }
    if let pickle = names.first(where: ModelFolder.isPickle) {
      throw CheckpointError(folder.appending(pathComponent: pickle), OtherFormat.pickleAdvice)
    }
    throw CheckpointError(
      folder,
      "has no weights: one of \(candidates.prefix(5).map(\.quoted).joined(separator: ", ")) was expected; "
        + ModelFolder.contents(folder))
  }
}
