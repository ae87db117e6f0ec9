import JSON
import System
import Tensors

/// One network of a model that lies in a file, or a folder, of its own.
struct ComponentFile: Sendable {
  let path: String
  let className: String
  /// diffusers' settings; nil where they are to be told from shapes.
  let configuration: JSONValue?
  /// The tensors under diffusers' names.
  let source: RenamedSource
  /// A text encoder's, where its file carries one.
  private(set) var vocabulary: GGUFVocabulary?

  /// The folder that the file lies in, or the part's own.
  var folder: String { PathKind(path) == .folder ? path : path.deletingLastPathComponent }

  /// The folder of a part, with its `config.json`, or of a whole model; nil where `path` is a file.
  private static func folder(_ path: String, part: String) -> String? {
    guard PathKind(path) == .folder else { return nil }
    let inner = path.appending(pathComponent: part)
    return PathKind(inner.appending(pathComponent: "config.json")) == .file ? inner : path
  }

  /// What stands in `config.json` in the folder, or beside the file, of a network of one of these classes.
  private static func configuration(in folder: String, classes: [String]) throws(CheckpointError) -> JSONValue? {
    let file = folder.appending(pathComponent: "config.json")
    guard PathKind(file) == .file else { return nil }
    let settings = try JSONValue(contentsOf: file)
    let named = settings["_class_name"]?.string ?? settings["architectures"]?.array?.first?.string
    return named.map(classes.contains) == true ? settings : nil
  }

  private init(_ path: String, _ className: String, _ configuration: JSONValue?, _ source: RenamedSource) {
    (self.path, self.className, self.configuration, self.source) = (path, className, configuration, source)
  }

  // MARK: Autoencoders

  /// An autoencoder: diffusers' folder; a file under diffusers' or the original names; a tiny one under diffusers' or its author's,
  /// the encoder beside the decoder where it has a file of its own.
  ///
  /// - Throws: `CheckpointError` where it is damaged or none.
  init(autoencoder path: String) throws(CheckpointError) {
    let folder = ComponentFile.folder(path, part: "vae")
    let file: any TensorSource =
      if let folder { try WeightFiles.open(folder) } else { try CheckpointFiles.open(path) }
    let settings = try ComponentFile.configuration(
      in: folder ?? path.deletingLastPathComponent,
      classes: ["AutoencoderKL", "AutoencoderKLFlux2", "AutoencoderTiny"])
    let names = file.names
    func occurs(_ prefix: String) -> Bool { names.contains { $0.hasPrefix(prefix) } }
    if occurs("decoder.layers.") {
      let map = KeyMap(["encoder.layers": "encoder.layers", "decoder.layers": "decoder.layers"])
      self.init(path, "AutoencoderTiny", settings, try ComponentFile.renamed(file, map))
    } else if let half = TinyAutoencoderKeys.half(of: names) {
      self.init(path, "AutoencoderTiny", nil, try ComponentFile.tiny(file, half: half, path))
    } else if occurs(TinyAutoencoderKeys.prefixes.decoder) {
      let map = TinyAutoencoderKeys.map("decoder", prefix: TinyAutoencoderKeys.prefixes.decoder)
        .joined(TinyAutoencoderKeys.map("encoder", prefix: TinyAutoencoderKeys.prefixes.encoder))
      self.init(path, "AutoencoderTiny", nil, try ComponentFile.renamed(file, map))
    } else if occurs("decoder.up_blocks.") {
      let map = FolderKeys.autoencoder.joined(KeyMap(["bn": "bn"]))
      self.init(path, ComponentFile.variational(names), settings, try ComponentFile.renamed(file, map))
    } else {
      let prefixes = AutoencoderKeys.prefixes + [""]
      guard let prefix = prefixes.first(where: { occurs("\($0)decoder.up.") }),
        let map = AutoencoderKeys.map(names, prefix: prefix)
      else { throw CheckpointError(path, "holds no autoencoder: it holds names such as \(names.quotedList)") }
      self.init(path, ComponentFile.variational(names), nil, try ComponentFile.renamed(file, map, prefix: prefix))
    }
  }

  /// FLUX.2's keeps statistics of its latents.
  private static func variational(_ names: [String]) -> String {
    names.contains { $0.hasSuffix("bn.running_mean") } ? "AutoencoderKLFlux2" : "AutoencoderKL"
  }

  private static func tiny(
    _ file: any TensorSource, half: String, _ path: String
  ) throws(CheckpointError) -> RenamedSource {
    guard half == "decoder" else {
      throw CheckpointError(path, "holds the encoder of a tiny autoencoder alone; name the file of its decoder")
    }
    let decoder = try renamed(file, TinyAutoencoderKeys.map("decoder"))
    let name = path.lastPathComponent
    let beside = path.deletingLastPathComponent.appending(
      pathComponent: name.replacing("decoder", with: "encoder"))
    guard name.contains("decoder"), PathKind(beside) == .file else { return decoder }
    let encoder = try renamed(CheckpointFiles.open(beside), TinyAutoencoderKeys.map("encoder"))
    return try renamed(
      JoinedSource(encoder, decoder), KeyMap(["encoder.layers": "encoder.layers", "decoder.layers": "decoder.layers"]))
  }

  // MARK: Text encoders

  /// The tensors of a text encoder in transformers' folder or a file, and the configuration beside them, if there is one.
  private static func textEncoder(
    _ path: String, classes: [String]
  ) throws(CheckpointError) -> (any TensorSource, JSONValue?) {
    let folder = ComponentFile.folder(path, part: "text_encoder")
    let file: any TensorSource =
      if let folder { try WeightFiles.open(folder) } else { try CheckpointFiles.open(path) }
    return (file, try ComponentFile.configuration(in: folder ?? path.deletingLastPathComponent, classes: classes))
  }

  /// A CLIP text encoder: transformers' folder, or a file under transformers' names or OpenCLIP's.
  ///
  /// - Throws: `CheckpointError` where it is damaged or none.
  init(textEncoder path: String) throws(CheckpointError) {
    let classes = ["CLIPTextModel", "CLIPTextModelWithProjection"]
    let (file, settings) = try ComponentFile.textEncoder(path, classes: classes)
    let names = file.names
    let source: RenamedSource
    if names.contains(where: { $0.hasPrefix("text_model.") || $0.hasPrefix("encoder.layers.") }) {
      source = try ComponentFile.renamed(file, TextEncoderKeys.clip)
    } else {
      let prefix = ["", "model."].first { TextEncoderKeys.openCLIPBlocks(names, prefix: $0) > 0 }
      guard let prefix else {
        throw CheckpointError(
          path, "holds no text encoder that limn knows (CLIP): it holds names such as \(names.quotedList)")
      }
      let layers = TextEncoderKeys.openCLIPBlocks(names, prefix: prefix)
      let map = TextEncoderKeys.openCLIP(layers: layers, projects: true)
      source = try ComponentFile.renamed(file, map, prefix: prefix)
    }
    let projects = source.shape("text_projection.weight") != nil
    self.init(path, projects ? classes[1] : classes[0], settings, source)
  }

  /// A Qwen3 language model: transformers' folder, or a file under transformers' names or llama.cpp's.
  ///
  /// - Throws: `CheckpointError` where it is damaged or none.
  init(chatEncoder path: String) throws(CheckpointError) {
    let classes = ["Qwen3ForCausalLM", "Qwen3Model"]
    let (file, settings) = try ComponentFile.textEncoder(path, classes: classes)
    let source = try RenamedSource.qwen3(file)
    guard source.shape("model.layers.0.self_attn.q_norm.weight") != nil else {
      throw CheckpointError(
        path, "holds no Qwen3, which reads the prompts here: it holds names such as \(file.names.quotedList)")
    }
    self.init(path, classes[0], settings ?? ImpliedConfiguration.qwen3(source), source)
    vocabulary = (file as? GGUFFile).flatMap(GGUFVocabulary.init)
  }

  /// Of its tokens' vectors.
  var textWidth: Int { source.extent(1, "text_model.embeddings.token_embedding.weight") }

  // MARK: Upscalers

  /// A network that enlarges pictures: Real-ESRGAN's, ESRGAN's old and new names.
  ///
  /// - Throws: `CheckpointError` where it is damaged or none that limn runs.
  init(upscaler path: String) throws(CheckpointError) {
    let file = try CheckpointFiles.open(path)
    let names = file.names
    for prefix in UpscalerKeys.prefixes {
      guard let map = UpscalerKeys.map(names, prefix: prefix) else { continue }
      let source = try ComponentFile.renamed(file, map, prefix: prefix)
      guard let settings = UpscalerKeys.configuration(of: source) else { break }
      self.init(path, settings["_class_name"]?.string ?? "", settings, source)
      return
    }
    throw CheckpointError(
      path,
      "holds no upscaler that limn runs (RRDBNet, as ESRGAN and Real-ESRGAN, and SRVGGNetCompact, in colour): it holds names such as \(names.quotedList)"
    )
  }

  // MARK: Names

  /// What else such files carry: CLIP's tower of pictures, what trains an autoencoder.
  private static let passedOver = [
    "vision_model.", "visual.", "visual_projection.", "model.visual.", "loss.", "discriminator.",
  ]

  /// - Throws: `CheckpointError` where the file holds names that belong to no such network.
  private static func renamed(
    _ file: any TensorSource, _ map: KeyMap, prefix: String = ""
  ) throws(CheckpointError) -> RenamedSource {
    let source = try RenamedSource(file, prefix: prefix, map: map)
    let strangers = source.unrecognised.filter { name in
      !HarmlessNames.contains(name) && !passedOver.contains { name.hasPrefix(prefix + $0) }
        && !["vae_scale", "vae_shift"].contains(name)
    }
    guard strangers.isEmpty else {
      throw CheckpointError(
        file.origin, "limn does not know what to do with \(strangers.count) of its tensors: \(strangers.quotedList)")
    }
    return source
  }
}
