import JSON
import Tensors

/// A single-file checkpoint as components; its vocabulary lies elsewhere.
package struct SingleFileParts: CheckpointParts {
  package let path: String
  private let checkpoint: SingleFileCheckpoint
  private let vocabulary: String?

  /// - Parameters:
  ///   - path: The file.
  ///   - vocabulary: A folder with CLIP's vocabulary, which such a file does not carry.
  /// - Throws: `CheckpointError` where the file is damaged, of another family or layout, or lacks a part.
  package init(path: String, vocabulary: String?) throws(CheckpointError) {
    self.path = path
    checkpoint = try SingleFileCheckpoint(path: path)
    self.vocabulary = vocabulary
  }

  package var pipelineClass: String? { nil }
  package var settings: [String: JSONValue] { [:] }
  package var unrecognised: [String] { checkpoint.unrecognised }

  package func className(of part: String) -> String? {
    switch part {
    case "unet": "UNet2DConditionModel"
    case "vae": "AutoencoderKL"
    case "text_encoder": "CLIPTextModel"
    case "text_encoder_2": checkpoint.textEncoder2.map { _ in "CLIPTextModelWithProjection" }
    default: nil
    }
  }

  package func configuration(of part: String) throws(CheckpointError) -> JSONValue {
    switch part {
    case "unet": return checkpoint.unetConfiguration
    case "vae": return checkpoint.autoencoderConfiguration
    case "text_encoder": return checkpoint.textEncoderConfiguration
    case "scheduler": return checkpoint.schedulerConfiguration
    case "text_encoder_2":
      if let configuration = checkpoint.textEncoder2Configuration { return configuration }
    default: break
    }
    throw CheckpointError(path, "holds no \(part.quoted)")
  }

  package func configurationOrigin(of part: String) -> String { path }

  package func weights(of part: String) throws(CheckpointError) -> any TensorSource {
    switch part {
    case "unet": return checkpoint.unet
    case "vae": return checkpoint.autoencoder
    case "text_encoder": return checkpoint.textEncoder
    case "text_encoder_2": if let encoder = checkpoint.textEncoder2 { return encoder }
    default: break
    }
    throw CheckpointError(path, "holds no \(part.quoted)")
  }

  package func tokenizerFolder(_ part: String) throws(CheckpointError) -> String? { vocabulary }

  /// Stable Diffusion 2 and XL's second encoder were trained with other padding than CLIP's own, whosever vocabulary it is.
  package func tokenizerPadding(_ part: String) -> String? {
    checkpoint.family == .stableDiffusion2 || part == "tokenizer_2" ? "!" : "<|endoftext|>"
  }

  package func hashedFile(denoiser part: String) throws(CheckpointError) -> String { path }
}
