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

  /// The folder of the studio's page: `studio` in the program itself, or `Sources/Server/Studio` in a folder above it, as in a
  /// clone of the project. Nil where there is none.
  package var studioFolder: String? {
    let program = URL(fileURLWithPath: executable).resolvingSymlinksInPath()
    if PathKind("\(program.path)/studio/index.html") == .file { return "\(program.path)/studio" }
    var folder = program.deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appending(path: "Sources/Server/Studio").path
      if PathKind("\(candidate)/index.html") == .file { return candidate }
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
    if let known = KnownModel.named(name) {
      guard let path = cached(known.repository) else { throw UserError.input(known.absence) }
      return Entry(name: name, path: path, origin: "cache")
    }
    if name.contains("/") {
      if let path = cached(name) { return Entry(name: name, path: path, origin: "cache") }
      if let path = cache.file(name) { return Entry(name: name.weightsStem, path: path, origin: "cache") }
      if let known = KnownModel.of(repository: name), !cache.repositories.contains(known.repository) {
        throw UserError.input(known.absence)
      }
      if HuggingFaceCache.isRepositoryName(String(name.prefix { $0 != "@" })) {
        return Entry(name: name, path: try snapshot(name), origin: "cache")
      }
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
  ///   - extras: Networks beside its own, by names or paths.
  package func open(
    _ entry: Entry, loras: [AdapterWish] = [], parts: PartFiles = PartFiles(), extras: ModelExtras = ModelExtras()
  ) throws -> Model {
    let replacements = try files(parts)
    let adapters = try adapters(loras)
    let extras = try self.extras(extras)
    return ModelCatalog.isFile(entry.path)
      ? try Model(
        file: entry.path, name: entry.name, vocabulary: tokenizerFolder(beside: entry.path),
        chatVocabulary: chatVocabularyFolder, replacements: replacements, adapters: adapters, extras: extras)
      : try Model(folder: entry.path, name: entry.name, replacements: replacements, adapters: adapters, extras: extras)
  }

  /// The same by their paths, with the folders of `clip_vision`, in which vision towers may lie.
  private func extras(_ named: ModelExtras) throws -> ModelExtras {
    let towers = named.pictureAdapters.isEmpty ? [] : FileTree.names(in: folder(beside: "clip_vision")).sorted()
    return ModelExtras(
      controls: try named.controls.map(controlPath),
      pictureAdapters: try named.pictureAdapters.map { name throws(UserError) in try pictureAdapters.path(name) },
      visionTowers: named.visionTowers + towers.map { "\(folder(beside: "clip_vision"))/\($0)" })
  }

  /// The file or folder of a network that controls others: by its path, its name in the folder for such, or its name in the Hugging
  /// Face cache.
  ///
  /// - Throws: A sentence where there is none.
  package func controlPath(_ name: String) throws -> String {
    if PathKind(name) == .folder { return name }
    let inside = "\(controlModels.folder)/\(name)"
    if PathKind("\(inside)/config.json") == .file { return inside }
    if PathKind(name) == .missing, name.contains("/"), HuggingFaceCache.isRepositoryName(name),
      !controlModels.files.contains(where: { $0.name == name })
    {
      return try HuggingFaceCache(environment: environment).snapshot(of: name)
    }
    return try controlModels.path(name)
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

  var cache: HuggingFaceCache { HuggingFaceCache(environment: environment) }

  /// The folder of the Hugging Face cache; nil where the environment names not even a home.
  package var cacheRoot: String? { cache.root }

  /// The models of the Hugging Face cache that can be opened, under their names there.
  package var cachedEntries: [Entry] {
    cache.repositories.compactMap { name in
      guard let path = cached(name) else { return nil }
      return Entry(name: name, path: path, origin: "cache")
    }
  }

  /// A model of the Hugging Face cache: its folder, or its file where it is one of weights alone; nil where it is neither.
  private func cached(_ name: String) -> String? {
    guard let folder = try? snapshot(name) else { return nil }
    return PathKind("\(folder)/model_index.json") == .file ? folder : HuggingFaceCache.onlyWeights(in: folder)
  }

  /// The folder of `org/name` or `org/name@revision`.
  private func snapshot(_ name: String) throws -> String {
    let parts = name.split(separator: "@", maxSplits: 1).map(String.init)
    return try parts.count == 2 ? cache.snapshot(of: parts[0], revision: parts[1]) : cache.snapshot(of: name)
  }

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
  package var vocabularyFolder: String? { fetched("clip-vocabulary", holding: "merges.txt") }

  /// Qwen's, likewise.
  package var chatVocabularyFolder: String? { fetched("qwen2-vocabulary", holding: "merges.txt") }

  /// The sentence encoder that the guardrail reads, likewise.
  package var encoderFolder: String? { fetched("multilingual-e5-small", holding: "model.gguf") }

  private func fetched(_ name: String, holding file: String) -> String? {
    guard let folder = weightsFolder.map({ "\($0)/fetched/\(name)" }), PathKind("\(folder)/\(file)") == .file else {
      return nil
    }
    return folder
  }

  private static func isFile(_ path: String) -> Bool { PathKind(path) == .file }
}
