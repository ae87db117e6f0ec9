import JSON
import Tensors

/// A checkpoint taken apart into what diffusers calls components: a folder and a single file look alike.
package protocol CheckpointParts: Sendable {
  /// The folder or file, for messages.
  var path: String { get }
  /// diffusers' pipeline class, `StableDiffusionPipeline`; nil where nobody says.
  var pipelineClass: String? { get }
  /// What `model_index.json` says beside its components.
  var settings: [String: JSONValue] { get }

  /// The class of a component such as `unet`; nil where the checkpoint has none.
  func className(of part: String) -> String?
  /// A component's settings, under diffusers' keys.
  func configuration(of part: String) throws(CheckpointError) -> JSONValue
  /// The file that says them, for messages.
  func configurationOrigin(of part: String) -> String
  /// A component's tensors under diffusers' present names.
  func weights(of part: String) throws(CheckpointError) -> any TensorSource
  /// The folder of a tokenizer's files; nil where nobody knows one.
  func tokenizerFolder(_ part: String) throws(CheckpointError) -> String?
  /// A tokenizer inside the text encoder's file, which counts where there is no folder.
  var vocabulary: GGUFVocabulary? { get }
  /// The token that fills up prompts, where no file says so.
  func tokenizerPadding(_ part: String) -> String?
  /// The file whose hash names the model.
  func hashedFile(denoiser part: String) throws(CheckpointError) -> String
  /// What of the checkpoint belongs to no component, in its own spelling.
  var unrecognised: [String] { get }
  /// Parts that such a model has and this checkpoint does not hold.
  var lacking: [String] { get }
  /// What the family's autoencoders multiply latents with, where no part says so.
  var latentScale: Double { get }
}

extension CheckpointParts {
  package func has(_ part: String) -> Bool { className(of: part) != nil }
  package var lacking: [String] { [] }
  package var vocabulary: GGUFVocabulary? { nil }
  package var latentScale: Double { has("text_encoder_2") ? 0.13025 : 0.18215 }
}

extension ModelFolder: CheckpointParts {
  package var pipelineClass: String? { className }
  package var unrecognised: [String] { [] }

  package func className(of part: String) -> String? { components[part]?.className }

  package func configurationOrigin(of part: String) -> String {
    path.appending(pathComponent: part).appending(pathComponent: "config.json")
  }

  package func tokenizerFolder(_ part: String) throws(CheckpointError) -> String? {
    path.appending(pathComponent: part)
  }

  package func tokenizerPadding(_ part: String) -> String? { nil }

  package func hashedFile(denoiser part: String) throws(CheckpointError) -> String {
    path.appending(pathComponent: try weights(of: part).origin)
  }
}
