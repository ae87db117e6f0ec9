import JSON
import System
import Tensors

/// FLUX.2 klein or Z-Image put together from files: the transformer, and an autoencoder and a text encoder that lie elsewhere.
package struct TransformerFileParts: CheckpointParts {
  /// A component that lies elsewhere.
  package struct Component: Sendable {
    let className: String
    let configuration: JSONValue
    let origin: String
    let weights: @Sendable () throws(CheckpointError) -> any TensorSource

    /// - Parameters:
    ///   - className: diffusers' or transformers' class.
    ///   - configuration: As the component's `config.json`.
    ///   - origin: The file that says it, for messages.
    ///   - weights: Opens its tensors, under diffusers' names.
    package init(
      className: String, configuration: JSONValue, origin: String,
      weights: @escaping @Sendable () throws(CheckpointError) -> any TensorSource
    ) {
      self.className = className
      self.configuration = configuration
      self.origin = origin
      self.weights = weights
    }

    /// A network in a file, or folder, of its own; what neither settings nor shapes show is as in the transformer's family.
    init(_ file: ComponentFile, _ kind: TransformerFile.Kind) {
      let configuration: JSONValue =
        if let configuration = file.configuration {
          configuration
        } else {
          switch file.className {
          case "AutoencoderTiny": TinyAutoencoderKeys.configuration(of: file.source)
          case "AutoencoderKLFlux2": ImpliedConfiguration.flux2Autoencoder(file.source)
          default: ImpliedConfiguration.fluxAutoencoder(file.source)
          }
        }
      self.init(className: file.className, configuration: configuration, origin: file.path) {
        () throws(CheckpointError) in file.source
      }
    }

    /// A component of a diffusers folder.
    package init(_ folder: ModelFolder, _ part: String) throws(CheckpointError) {
      self.init(
        className: folder.className(of: part) ?? "none", configuration: try folder.configuration(of: part),
        origin: folder.configurationOrigin(of: part)
      ) { () throws(CheckpointError) in try folder.weights(of: part) }
    }
  }

  package let path: String
  private let transformer: TransformerFile
  private let others: [String: Component]
  private let tokenizer: String?
  package let vocabulary: GGUFVocabulary?

  /// - Parameters:
  ///   - path: Of the transformer's file.
  ///   - tokenizer: A folder with the text encoder's vocabulary.
  ///   - vocabulary: The one in the text encoder's file.
  package init(
    path: String, _ transformer: TransformerFile, autoencoder: Component, textEncoder: Component, tokenizer: String?,
    vocabulary: GGUFVocabulary? = nil
  ) {
    self.vocabulary = vocabulary
    self.path = path
    self.transformer = transformer
    self.tokenizer = tokenizer
    others = ["vae": autoencoder, "text_encoder": textEncoder]
  }

  /// A transformer's file with an autoencoder and a text encoder that lie elsewhere: in folders such as `klein/vae` and
  /// `klein/text_encoder`, beside which lies a `tokenizer`, or in files of their own, as ComfyUI has them.
  ///
  /// - Parameters:
  ///   - autoencoder: A file or folder.
  ///   - textEncoders: A file or folder; exactly one.
  ///   - vocabulary: A folder with Qwen's vocabulary, for text encoders that have none in their file or beside it.
  /// - Throws: `CheckpointError` where a part is missing or damaged.
  package init(
    path: String, _ transformer: TransformerFile, autoencoder: String?, textEncoders: [String], vocabulary: String?
  ) throws(CheckpointError) {
    guard let autoencoder, textEncoders.count == 1 else {
      throw CheckpointError(
        path,
        "holds the transformer of \(transformer.kind.name) alone: name its autoencoder by `vae` and its text encoder (Qwen3) by `text-encoder`, files or parts of a diffusers folder such as klein/vae and klein/text_encoder, or put the file into such a folder's `transformer`"
      )
    }
    let text = try ComponentFile(chatEncoder: textEncoders[0])
    let near = ["../tokenizer", "tokenizer"].map { text.folder.appending(pathComponent: $0) }
    let others = text.vocabulary == nil ? vocabulary.map { [$0] } ?? [] : []
    let tokenizer = (near + others).first { folder in
      ["tokenizer.json", "merges.txt"].contains { PathKind(folder.appending(pathComponent: $0)) == .file }
    }
    let vae = try ComponentFile(autoencoder: autoencoder)
    self.init(
      path: path, transformer, autoencoder: Component(vae, transformer.kind),
      textEncoder: Component(text, transformer.kind),
      tokenizer: tokenizer, vocabulary: text.vocabulary)
  }

  package var pipelineClass: String? { nil }
  package var settings: [String: JSONValue] { transformer.settings(named: path.lastPathComponent) }
  package var unrecognised: [String] { transformer.unrecognised }

  package func className(of part: String) -> String? {
    part == "transformer" ? transformer.className : others[part]?.className
  }

  package func configuration(of part: String) throws(CheckpointError) -> JSONValue {
    switch part {
    case "transformer": return transformer.configuration
    case "scheduler": return transformer.schedulerConfiguration
    default: break
    }
    guard let component = others[part] else { throw CheckpointError(path, "holds no \(part.quoted)") }
    return component.configuration
  }

  package func configurationOrigin(of part: String) -> String { others[part]?.origin ?? path }

  package func weights(of part: String) throws(CheckpointError) -> any TensorSource {
    if part == "transformer" { return transformer.weights }
    guard let component = others[part] else { throw CheckpointError(path, "holds no \(part.quoted)") }
    return try component.weights()
  }

  package func tokenizerFolder(_ part: String) throws(CheckpointError) -> String? { tokenizer }
  package func tokenizerPadding(_ part: String) -> String? { nil }
  package func hashedFile(denoiser part: String) throws(CheckpointError) -> String { path }
}
