import System
import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Finds a component's weights among the names in use.
package enum WeightFiles {
  /// diffusers' and transformers' names for the weights of a component, and those that they had as pickles.
  private static let forms = [
    (ending: "safetensors", stems: ["diffusion_pytorch_model", "model"]),
    (ending: "bin", stems: ["diffusion_pytorch_model", "pytorch_model"]),
  ]
  /// Full precision first, as diffusers does unless told otherwise; then what `variant` names.
  private static let variants = ["", ".fp16", ".bf16"]

  /// File names in the order of preference; an index stands for its shards.
  package static let candidates = candidates(marks: variants)

  /// Those of one variant, such as `fp16`.
  package static func candidates(variant: String) -> [String] { candidates(marks: [".\(variant)"]) }

  private static func candidates(marks: [String]) -> [String] {
    forms.flatMap { form in
      marks.flatMap { mark in
        form.stems.flatMap { stem in
          [
            "\(stem)\(mark).\(form.ending)",
            "\(stem).\(form.ending).index\(mark).json",
            "\(stem)\(mark).\(form.ending).index.json",
          ]
        }
      }
    }
  }

  /// Whether a file is one of the shards of an index by its name: `model-00001-of-00002.safetensors` of
  /// `model.safetensors.index.json`. Of a variant the mark stands before the numbers or behind them.
  package static func isShard(_ name: String, ofIndex index: String) -> Bool {
    for form in forms {
      for stem in form.stems {
        guard index.hasPrefix("\(stem)."), index.contains(".\(form.ending).index") else { continue }
        let mark = index.dropFirst(stem.count).dropLast(".json".count)
          .replacing(".\(form.ending)", with: "").replacing(".index", with: "")
        guard name.hasPrefix(stem), name.hasSuffix(".\(form.ending)") else { continue }
        var numbers = name.dropFirst(stem.count).dropLast(form.ending.count + 1)
        if numbers.hasPrefix("\(mark)-") {
          numbers = numbers.dropFirst(mark.count)
        } else if numbers.hasSuffix(mark) {
          numbers = numbers.dropLast(mark.count)
        }
        if numbers.wholeMatch(of: /-[0-9]+-of-[0-9]+/) != nil { return true }
      }
    }
    return false
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
