import System
import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Finds a component's weights among the names in use.
enum WeightFiles {
  /// diffusers' and transformers' names for the weights of a component, and those that they had as pickles.
  private static let forms = [
    (ending: "safetensors", stems: ["diffusion_pytorch_model", "model"]),
    (ending: "bin", stems: ["diffusion_pytorch_model", "pytorch_model"]),
  ]
  /// Full precision first, as diffusers does unless told otherwise; then what `variant` names.
  private static let variants = ["", ".fp16", ".bf16"]

  /// File names in the order of preference; an index stands for its shards.
  static let candidates: [String] = forms.flatMap { form in
    variants.flatMap { variant in
      form.stems.flatMap { stem in
        [
          "\(stem)\(variant).\(form.ending)",
          "\(stem).\(form.ending).index\(variant).json",
          "\(stem)\(variant).\(form.ending).index.json",
        ]
      }
    }
  }

  /// Opens the weights in `folder`, whichever of the usual names they have.
  static func open(_ folder: String) throws(CheckpointError) -> any TensorSource {
    for name in candidates {
      let path = folder.appending(pathComponent: name)
      try ModelFolder.checkLink(path)
      guard PathKind(path) == .file else { continue }
      let origin = folder.lastPathComponent.appending(pathComponent: name)
      return name.hasSuffix(".json")
        ? try ShardedFiles(indexPath: path, origin: origin) : try CheckpointFiles.open(path, origin: origin)
    }
    let quantised = FileTree.names(in: folder).filter { $0.hasSuffix(".gguf") }
    if let name = quantised.first {
      guard quantised.count == 1 else {
        throw CheckpointError(folder, "holds \(quantised.quotedList); one of them was expected")
      }
      return try CheckpointFiles.open(
        folder.appending(pathComponent: name), origin: folder.lastPathComponent.appending(pathComponent: name))
    }
    throw CheckpointError(
      folder,
      "has no weights: one of \(candidates.prefix(5).map(\.quoted).joined(separator: ", ")) was expected; "
        + ModelFolder.contents(folder))
  }
}
