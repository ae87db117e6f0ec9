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

  /// - Parameters:
  ///   - path: Of the transformer's file.
  ///   - tokenizer: A folder with the text encoder's vocabulary.
  package init(
    path: String, _ transformer: TransformerFile, autoencoder: Component, textEncoder: Component, tokenizer: String?
  ) {
    self.path = path
    self.transformer = transformer
    self.tokenizer = tokenizer
    others = ["vae": autoencoder, "text_encoder": textEncoder]
  }

  /// A transformer's file with parts of diffusers folders: `klein/vae` and `klein/text_encoder`, beside which lies a `tokenizer`.
  ///
  /// - Parameters:
  ///   - autoencoder: The folder of an autoencoder.
  ///   - textEncoders: The folder of a text encoder; exactly one.
  /// - Throws: `CheckpointError` where a part is missing or no such folder.
  package init(
    path: String, _ transformer: TransformerFile, autoencoder: String?, textEncoders: [String]
  ) throws(CheckpointError) {
    guard let autoencoder, textEncoders.count == 1 else {
      throw CheckpointError(
        path,
        "holds the transformer of \(transformer.kind.name) alone: name the folders of its autoencoder by `vae` and of its text encoder by `text-encoder`, such as klein/vae and klein/text_encoder of a diffusers folder, or put the file into such a folder's `transformer`"
      )
    }
    func component(_ place: String) throws(CheckpointError) -> (folder: ModelFolder, name: String) {
      guard PathKind(place) == .folder else {
        throw CheckpointError(
          place,
          "is no folder; for \(transformer.kind.name) a part of a diffusers folder was expected, with its config.json")
      }
      var pieces = place.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      while pieces.count > 1, pieces[pieces.count - 1].isEmpty { pieces.removeLast() }
      let name = pieces.removeLast()
      let parent = pieces.isEmpty ? "." : pieces.joined(separator: "/")
      return (try ModelFolder(path: parent.isEmpty ? "/" : parent), name)
    }
    let (vae, text) = (try component(autoencoder), try component(textEncoders[0]))
    self.init(
      path: path, transformer, autoencoder: try Component(vae.folder, vae.name),
      textEncoder: try Component(text.folder, text.name), tokenizer: try text.folder.tokenizerFolder("tokenizer"))
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
