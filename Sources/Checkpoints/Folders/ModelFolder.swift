import JSON
import System
import Tensors

/// A model as diffusers saves it: `model_index.json` and a folder for each component.
package struct ModelFolder: Sendable {
  /// What `model_index.json` says of a component: `"unet": ["diffusers", "UNet2DConditionModel"]`.
  package struct Component: Sendable, Equatable {
    package let library: String
    package let className: String
  }

  package let path: String
  /// The pipeline's class: `StableDiffusionPipeline`.
  package let className: String?
  /// The components that the model has; those that `[null, null]` leaves out are not listed.
  package let components: [String: Component]
  /// Whatever else `model_index.json` says: `requires_safety_checker`, `_diffusers_version`, `limn`.
  package let settings: [String: JSONValue]

  /// Reads `model_index.json`; no component is opened yet.
  ///
  /// - Throws: `CheckpointError` where `path` is no folder, has no such file, or the file is damaged.
  package init(path: String) throws(CheckpointError) {
    switch PathKind(path) {
    case .missing: throw CheckpointError(path, "there is no such folder")
    case .file: throw CheckpointError(path, "is a file; a model's folder was expected")
    case .folder: break
    }
    let index = path.appending(pathComponent: "model_index.json")
    try ModelFolder.checkLink(index)
    guard PathKind(index) == .file else {
      throw CheckpointError(path, "has no `model_index.json`, so it is no diffusers model; \(ModelFolder.hint(path))")
    }
    guard let members = try ModelFolder.json(at: index).object else {
      throw CheckpointError(index, "is not a JSON object")
    }

    var components: [String: Component] = [:]
    var settings = members
    for (name, value) in members where !name.hasPrefix("_") {
      guard case .array(let pair) = value, pair.count == 2 else { continue }
      if pair == [.null, .null] {
        settings[name] = nil
      } else if let library = pair[0].string, let className = pair[1].string {
        guard ModelFolder.isPlainName(name) else {
          throw CheckpointError(index, "names a component \(name.quoted); the name of a folder beside it was expected")
        }
        components[name] = Component(library: library, className: className)
        settings[name] = nil
      }
    }
    self.path = path
    className = members["_class_name"]?.string
    self.components = components
    self.settings = settings
  }

  /// The path of a file of a component: `file("vocab.json", of: "tokenizer")`.
  ///
  /// - Throws: `CheckpointError` where the model leaves the component out, or the folder or the file is missing.
  package func file(_ name: String, of component: String) throws(CheckpointError) -> String {
    let folder = try self.folder(of: component)
    let file = folder.appending(pathComponent: name)
    try ModelFolder.checkLink(file)
    guard PathKind(file) == .file else {
      throw CheckpointError(folder, "has no \(name.quoted); \(ModelFolder.contents(folder))")
    }
    return file
  }

  /// Whether the folder of a component is there.
  package func hasFolder(of component: String) -> Bool {
    components[component] != nil && PathKind(path.appending(pathComponent: component)) == .folder
  }

  /// A component's settings: `config.json`, of a scheduler `scheduler_config.json`.
  package func configuration(of component: String) throws(CheckpointError) -> JSONValue {
    let name = component.hasSuffix("scheduler") ? "scheduler_config.json" : "config.json"
    return try ModelFolder.json(at: file(name, of: component))
  }

  /// A component's tensors under diffusers' present names: text encoders with `text_model.`, whether or not the file
  /// writes it, and the autoencoder's attention as `to_q`, `to_k`, `to_v`, `to_out.0`.
  ///
  /// - Throws: `CheckpointError` where there are no weights or they are damaged.
  package func weights(of component: String) throws(CheckpointError) -> any TensorSource {
    let folder = try self.folder(of: component)
    let source = try WeightFiles.open(folder)
    switch components[component]?.className {
    case "AutoencoderKL": return try RenamedSource(source, map: FolderKeys.autoencoder, keepsOthers: true)
    case "CLIPTextModel", "CLIPTextModelWithProjection":
      return try RenamedSource(source, map: TextEncoderKeys.clip, keepsOthers: true)
    case "Qwen3ForCausalLM", "Qwen3Model": return try RenamedSource.qwen3(source)
    case "UNet2DConditionModel": return try FolderKeys.unet(source)
    case "Flux2Transformer2DModel", "ZImageTransformer2DModel": return try FolderKeys.transformer(source)
    default: return source
    }
  }

  /// The folder of a component that the model has.
  private func folder(of component: String) throws(CheckpointError) -> String {
    guard components[component] != nil else {
      throw CheckpointError(path, "its `model_index.json` names no \(component.quoted), which is needed here")
    }
    let folder = path.appending(pathComponent: component)
    try ModelFolder.checkLink(folder)
    guard PathKind(folder) == .folder else {
      throw CheckpointError(path, "the folder \(component.quoted) is missing, which its `model_index.json` names")
    }
    return folder
  }
}

// MARK: Sentences about what is there instead

extension ModelFolder {
  /// Reads JSON, or says that Git LFS left a pointer where it should be.
  private static func json(at path: String) throws(CheckpointError) -> JSONValue {
    do {
      return try JSONValue(contentsOf: path)
    } catch {
      let beginning = try MappedFile(path: path)
      let advice = OtherFormat.pointerAdvice(beginning.copy(0..<min(64, beginning.count)))
      if let advice { throw CheckpointError(path, advice) }
      throw error
    }
  }

  private static func hint(_ path: String) -> String {
    let files = FileTree.names(in: path)
    if let single = files.first(where: { $0.hasSuffix(".safetensors") || $0.hasSuffix(".gguf") || isPickle($0) }) {
      return "to use a single-file checkpoint in it, give the file: \(path.appending(pathComponent: single).quoted)"
    }
    if files.contains("snapshots") {
      return "it is an entry of the Hugging Face cache: give the model's name, or a folder within `snapshots`"
    }
    return contents(path)
  }

  /// Says of a link in a cache, whose files lie elsewhere, that its file is gone.
  static func checkLink(_ path: String) throws(CheckpointError) {
    guard SymbolicLink.isBroken(path) else { return }
    throw CheckpointError(path, "is a link to a file that is not there; download it again")
  }

  static func contents(_ path: String) -> String {
    let files = FileTree.names(in: path)
    return files.isEmpty ? "it is empty" : "it holds \(files.quotedList)"
  }

  /// Whether a name stays within its folder.
  private static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".")
      && !name.unicodeScalars.contains { $0 == "/" || $0 == "\\" || $0.value < 0x20 }
  }

  /// Whether a file is a pickle by its name.
  static func isPickle(_ name: String) -> Bool {
    pickleEndings.contains { name.hasSuffix($0) }
  }

  static let pickleEndings = [".ckpt", ".pt", ".pth", ".bin"]
}
