import JSON
import Tensors

/// A checkpoint, some of whose parts come from files of their own.
package struct OverlaidParts: CheckpointParts {
  private let base: any CheckpointParts
  private let files: [String: ComponentFile]
  private let configurations: [String: JSONValue]

  /// - Parameters:
  ///   - autoencoder: A file or folder; nil for the checkpoint's own.
  ///   - textEncoders: Files or folders; each takes the place of the encoder that is as wide, or is missing.
  /// - Throws: `CheckpointError` where one holds no such network, or two are of the same part.
  package init(
    _ base: any CheckpointParts, autoencoder: String?, textEncoders: [String]
  ) throws(CheckpointError) {
    var files: [String: ComponentFile] = [:]
    if let autoencoder { files["vae"] = try ComponentFile(autoencoder: autoencoder) }
    let isChat = base.className(of: OverlaidParts.textEncoders[0])?.hasPrefix("Qwen3") == true
    for path in textEncoders {
      let file = try isChat ? ComponentFile(chatEncoder: path) : ComponentFile(textEncoder: path)
      let part = OverlaidParts.part(of: file, in: base)
      if let other = files.updateValue(file, forKey: part) {
        throw CheckpointError(path, "would be the model's \(part.quoted), and so would \(other.path)")
      }
    }
    var configurations: [String: JSONValue] = [:]
    for (part, file) in files {
      configurations[part] = OverlaidParts.configuration(of: part, file, over: base)
    }
    self.base = base
    self.files = files
    self.configurations = configurations
  }

  private static let textEncoders = ["text_encoder", "text_encoder_2"]

  /// The encoder of two that is as wide; else the projecting one is the second, but for CLIP-L, which may have a projection that
  /// nobody reads.
  private static func part(of file: ComponentFile, in base: any CheckpointParts) -> String {
    guard base.has(textEncoders[1]) else { return textEncoders[0] }
    let fitting = textEncoders.filter {
      (try? base.configuration(of: $0))?["hidden_size"]?.integer == file.textWidth
    }
    if fitting.count == 1 { return fitting[0] }
    let isSecond = file.className == "CLIPTextModelWithProjection" && file.textWidth != 768
    return textEncoders[isSecond ? 1 : 0]
  }

  /// A file's own settings, or those told from its shapes; what shapes do not show is as in the checkpoint's own part.
  private static func configuration(
    of part: String, _ file: ComponentFile, over base: any CheckpointParts
  ) -> JSONValue {
    if let configuration = file.configuration { return configuration }
    let own = base.has(part) ? try? base.configuration(of: part) : nil
    switch file.className {
    case "AutoencoderKLFlux2": return ImpliedConfiguration.flux2Autoencoder(file.source)
    case "AutoencoderTiny": return TinyAutoencoderKeys.configuration(of: file.source)
    case "AutoencoderKL":
      return ImpliedConfiguration.autoencoder(
        file.source, pictureSize: own?["sample_size"]?.integer ?? 512,
        scalingFactor: own?["scaling_factor"] ?? .number(base.latentScale), shiftFactor: own?["shift_factor"])
    default:
      let isWide = (try? base.configuration(of: "unet"))?["cross_attention_dim"]?.integer == 1024
      return ImpliedConfiguration.textEncoder(
        file.source, isOpenAI: part == textEncoders[0] && !isWide, projects: part == textEncoders[1])
    }
  }

  package func className(of part: String) -> String? {
    guard let file = files[part] else { return base.className(of: part) }
    // A projection that the model does not read makes no other class of an encoder.
    switch part {
    case "text_encoder" where file.className.hasPrefix("CLIP"): return "CLIPTextModel"
    case "text_encoder_2": return "CLIPTextModelWithProjection"
    default: return file.className
    }
  }

  package func configuration(of part: String) throws(CheckpointError) -> JSONValue {
    if let configuration = configurations[part] { return configuration }
    let configuration = try base.configuration(of: part)
    guard part == "unet", files["text_encoder_2"] != nil, case .object(var settings) = configuration,
      let inputs = settings["projection_class_embeddings_input_dim"]?.integer,
      let projection = configurations["text_encoder_2"]?["projection_dim"]?.integer
    else { return configuration }
    // What the second encoder's projection leaves to the six numbers that tell a picture's size.
    if inputs > projection, (inputs - projection).isMultiple(of: 6) {
      settings["addition_time_embed_dim"] = .integer((inputs - projection) / 6)
    }
    return .object(settings)
  }

  package func configurationOrigin(of part: String) -> String {
    files[part]?.path ?? base.configurationOrigin(of: part)
  }

  package func weights(of part: String) throws(CheckpointError) -> any TensorSource {
    guard let file = files[part] else { return try base.weights(of: part) }
    return part == "text_encoder" ? file.source.without(["text_projection.weight"]) : file.source
  }

  package var path: String { base.path }
  package var pipelineClass: String? { base.pipelineClass }
  package var settings: [String: JSONValue] { base.settings }
  package var unrecognised: [String] { base.unrecognised }
  package var latentScale: Double { base.latentScale }
  package var lacking: [String] { base.lacking.filter { files[$0] == nil } }
  package func tokenizerFolder(_ part: String) throws(CheckpointError) -> String? { try base.tokenizerFolder(part) }
  package var vocabulary: GGUFVocabulary? { base.vocabulary }
  package func tokenizerPadding(_ part: String) -> String? { base.tokenizerPadding(part) }
  package func hashedFile(denoiser part: String) throws(CheckpointError) -> String {
    try base.hashedFile(denoiser: part)
  }
}
