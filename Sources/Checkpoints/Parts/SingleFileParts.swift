import JSON
import Tensors

/// A single-file checkpoint as components, of which it may lack some; its vocabulary lies elsewhere.
package struct SingleFileParts: CheckpointParts {
  package let path: String
  private let checkpoint: SingleFileCheckpoint
  private let vocabulary: String?

  /// - Parameters:
  ///   - path: The file.
  ///   - vocabulary: A folder with CLIP's vocabulary, which such a file does not carry.
  /// - Throws: `CheckpointError` where the file is damaged, of another family or layout, or holds no UNet.
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
    case "text_encoder_2": checkpoint.family == .stableDiffusionXL ? "CLIPTextModelWithProjection" : nil
    default: nil
    }
  }

  /// Tensors whose shapes a configuration follows from: where limn cannot compute with their type, that is what is wrong.
  private static let telling = [
    "text_model.embeddings.token_embedding.weight", "conv_in.weight", "decoder.conv_in.weight",
  ]

  package func configuration(of part: String) throws(CheckpointError) -> JSONValue {
    if let source = try? weights(of: part) {
      do {
        for name in Self.telling { _ = try source.stored(name) }
      } catch let error as CheckpointError {
        throw error
      } catch {
        throw CheckpointError(path, "\(error)")
      }
    }
    switch part {
    case "unet": return checkpoint.unetConfiguration
    case "scheduler": return checkpoint.schedulerConfiguration
    case "vae": if let configuration = checkpoint.autoencoderConfiguration { return configuration }
    case "text_encoder": if let configuration = checkpoint.textEncoderConfiguration { return configuration }
    case "text_encoder_2": if let configuration = checkpoint.textEncoder2Configuration { return configuration }
    default: break
    }
    throw CheckpointError(path, "holds no \(part.quoted)")
  }

  package var lacking: [String] {
    let parts: [(name: String, source: RenamedSource?)] = [
      ("vae", checkpoint.autoencoder), ("text_encoder", checkpoint.textEncoder),
      ("text_encoder_2", checkpoint.textEncoder2),
    ]
    return parts.filter { $0.source == nil && has($0.name) }.map(\.name)
  }

  package var latentScale: Double { checkpoint.family.scalingFactor }

  package func configurationOrigin(of part: String) -> String { path }

  package func weights(of part: String) throws(CheckpointError) -> any TensorSource {
    switch part {
    case "unet": return checkpoint.unet
    case "vae": if let autoencoder = checkpoint.autoencoder { return autoencoder }
    case "text_encoder": if let encoder = checkpoint.textEncoder { return encoder }
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
