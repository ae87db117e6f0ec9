import Checkpoints
import Foundation
import System

/// Where models are found by name: the bundled one, those in the models folder, and the Hugging Face cache.
package struct ModelCatalog: Sendable {
  /// A model that can be opened.
  package struct Entry: Sendable, Equatable {
    package let name: String
    package let path: String
    /// Where it comes from, in a word: bundled, installed, file, folder or cache.
    package let origin: String
  }

  package static let bundledName = "default"

  let environment: [String: String]
  private let executable: String

  /// - Parameters:
  ///   - environment: Decides about folders: `LIMN_WEIGHTS`, `XDG_DATA_HOME`, `HF_HOME`, `HOME`.
  ///   - executable: The running program; the bundled weights lie near it.
  package init(environment: [String: String], executable: String) {
    self.environment = environment
    self.executable = executable
  }

  /// The folder for installed models.
  package var modelsFolder: String {
    let data = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (data ?? (environment["HOME"] ?? "") + "/.local/share") + "/limn/models"
  }

  /// A folder of its own for other things than models.
  func folder(beside name: String) -> String {
    URL(fileURLWithPath: modelsFolder).deletingLastPathComponent().appending(path: name).path
  }

  /// The folder that holds `default/` and `guardrail/`: `LIMN_WEIGHTS`, the program itself where they are packed into it,
  /// or `weights` in a folder above it, as in a clone of the project. Nil where there is none.
  package var weightsFolder: String? {
    if let folder = environment["LIMN_WEIGHTS"] { return folder }
    let program = URL(fileURLWithPath: executable).resolvingSymlinksInPath()
    if PathKind("\(program.path)/guardrail") == .folder { return program.path }
    var folder = program.deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appending(path: "weights").path
      if PathKind("\(candidate)/guardrail") == .folder { return candidate }
      folder.deleteLastPathComponent()
    }
    return nil
  }

  /// Finds a model by name or path; nil stands for the bundled one.
  ///
  /// - Throws: ``UserError`` when there is none of that name.
  package func find(_ name: String?) throws -> Entry {
    guard let name, name != ModelCatalog.bundledName else { return try bundled() }
    if PathKind(name) != .missing {
      let file = URL(fileURLWithPath: name)
      let isFile = ModelCatalog.isFile(name)
      return Entry(
        name: isFile ? file.deletingPathExtension().lastPathComponent : file.lastPathComponent, path: name,
        origin: isFile ? "file" : "folder")
    }
    if let entry = installed.first(where: { $0.name == name }) { return entry }
    if name.contains("/"), HuggingFaceCache.isRepositoryName(name) {
      let path = try HuggingFaceCache(environment: environment).snapshot(of: name)
      return Entry(name: name, path: path, origin: "cache")
    }
    if SymbolicLink.isBroken(name) {
      throw UserError.input("\(name) is a link to a file that is not there; download it again.")
    }
    let known = ([ModelCatalog.bundledName] + installed.map(\.name)).joined(separator: ", ")
    throw UserError.input(
      "There is no model \"\(name)\": it is neither a file or folder nor one of the installed models (\(known)).")
  }

  /// Opens a model.
  ///
  /// - Parameters:
  ///   - loras: What changes it, one after the other.
  ///   - parts: What takes the place of parts, by names or paths.
  package func open(_ entry: Entry, loras: [AdapterWish] = [], parts: PartFiles = PartFiles()) throws -> Model {
    let replacements = try files(parts)
    let adapters = try adapters(loras)
    return ModelCatalog.isFile(entry.path)
      ? try Model(
        file: entry.path, name: entry.name, vocabulary: tokenizerFolder(beside: entry.path),
        replacements: replacements, adapters: adapters)
      : try Model(folder: entry.path, name: entry.name, replacements: replacements, adapters: adapters)
  }

  /// The same by their paths.
  ///
  /// - Throws: ``UserError`` where there is none of a name.
  package func files(_ parts: PartFiles) throws(UserError) -> PartFiles {
    func path(_ name: String, _ known: NamedFiles) throws(UserError) -> String {
      PathKind(name) == .folder ? name : try known.path(name)
    }
    var found = PartFiles()
    if let name = parts.autoencoder { found.autoencoder = try path(name, autoencoders) }
    for name in parts.textEncoders { found.textEncoders.append(try path(name, textEncoders)) }
    return found
  }

  /// The LoRAs that are asked for, opened.
  func adapters(_ wishes: [AdapterWish]) throws -> [WeightedAdapter] {
    try wishes.map { wish in
      WeightedAdapter(
        try Adapter(path: loras.path(wish.name)), weight: wish.weight, textEncoderWeight: wish.textEncoderWeight)
    }
  }

  /// The bundled model, where it is found, and all installed ones.
  package var entries: [Entry] { ((try? bundled()).map { [$0] } ?? []) + installed }

  private func bundled() throws -> Entry {
    guard let folder = weightsFolder, PathKind("\(folder)/default/model_index.json") == .file
    else {
      throw UserError.input(
        "The bundled model was not found: it is not packed into this program (`make build` does that), and there is no `weights/default` in a folder above it; set LIMN_WEIGHTS to the folder that holds `default`, or name one by `model`."
      )
    }
    return Entry(name: ModelCatalog.bundledName, path: "\(folder)/default", origin: "bundled")
  }

  private var installed: [Entry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: modelsFolder)) ?? []
    return names.sorted().compactMap { name in
      let path = "\(modelsFolder)/\(name)"
      if let stem = CheckpointFiles.stem(of: name) { return Entry(name: stem, path: path, origin: "installed") }
      guard PathKind("\(path)/model_index.json") == .file else { return nil }
      return Entry(name: name, path: path, origin: "installed")
    }
  }

  /// CLIP's vocabulary for a single-file checkpoint, which carries none: a folder `tokenizer` beside the file, in a
  /// folder named like it or in the models folder; else limn's own; where it was built without, that of any Stable
  /// Diffusion folder installed or in the Hugging Face cache.
  private func tokenizerFolder(beside path: String) -> String? {
    let file = URL(fileURLWithPath: path)
    func first(_ folders: [String]) -> String? {
      folders.map { "\($0)/tokenizer" }.first { PathKind("\($0)/vocab.json") == .file }
    }
    let near = [file.deletingLastPathComponent().path, file.deletingPathExtension().path, modelsFolder]
    if let folder = first(near) ?? vocabularyFolder { return folder }
    let cached = ["stable-diffusion-v1-5/stable-diffusion-v1-5", "runwayml/stable-diffusion-v1-5"]
      .compactMap { try? HuggingFaceCache(environment: environment).snapshot(of: $0) }
    return first(installed.map(\.path) + cached)
  }

  /// CLIP's vocabulary as limn carries it; nil where it was built without a network.
  package var vocabularyFolder: String? {
    guard let folder = weightsFolder.map({ "\($0)/fetched/clip-vocabulary" }), PathKind("\(folder)/merges.txt") == .file
    else {
      return nil
    }
    return folder
  }

  /// The sentence encoder that the guardrail reads as limn carries it; nil where it was built without a network.
  package var encoderFolder: String? {
    weightsFolder.map { "\($0)/fetched/multilingual-e5-small" }.flatMap {
      PathKind("\($0)/model.gguf") == .file ? $0 : nil
    }
  }

  private static func isFile(_ path: String) -> Bool { PathKind(path) == .file }
}
