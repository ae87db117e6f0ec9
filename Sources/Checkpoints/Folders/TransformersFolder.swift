import JSON
import System
import Tensors

/// A model as transformers saves it: `config.json`, weights, tokenizer and preprocessing in one folder.
package struct TransformersFolder: Sendable {
  package let path: String

  /// - Throws: `CheckpointError` where `path` is no folder or has no `config.json`.
  package init(path: String) throws(CheckpointError) {
    switch PathKind(path) {
    case .missing: throw CheckpointError(path, "there is no such folder")
    case .file:
      throw CheckpointError(path, "is a file; a folder with `config.json` and `model.safetensors` was expected")
    case .folder: break
    }
    try ModelFolder.checkLink(path.appending(pathComponent: "config.json"))
    guard PathKind(path.appending(pathComponent: "config.json")) == .file else {
      throw CheckpointError(
        path, "has no `config.json`, so it is no model of transformers; \(ModelFolder.contents(path))")
    }
    self.path = path
  }

  /// The model's settings: `config.json`.
  package var configuration: JSONValue {
    get throws(CheckpointError) { try JSONValue(contentsOf: path.appending(pathComponent: "config.json")) }
  }

  /// How pictures are prepared, with the file that says so: `preprocessor_config.json`, or the part of
  /// `processor_config.json` that transformers 5 writes.
  ///
  /// - Throws: `CheckpointError` where neither is there.
  package var pictureSettings: (settings: JSONValue, origin: String) {
    get throws(CheckpointError) {
      let file = path.appending(pathComponent: "preprocessor_config.json")
      if PathKind(file) == .file { return (try JSONValue(contentsOf: file), file) }
      let newer = path.appending(pathComponent: "processor_config.json")
      if PathKind(newer) == .file, let settings = try JSONValue(contentsOf: newer)["image_processor"] {
        return (settings, newer)
      }
      throw CheckpointError(
        path, "has no `preprocessor_config.json`, which says how pictures are prepared; \(ModelFolder.contents(path))")
    }
  }

  /// - Throws: `CheckpointError` where there are no weights or they are damaged.
  package func weights() throws(CheckpointError) -> any TensorSource { try WeightFiles.open(path) }
}
