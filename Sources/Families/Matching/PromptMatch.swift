import Checkpoints
import Foundation
import Images
import JSON
import Networks
import Synchronization
import System
import Tensors
import Tokenizers

/// How well pictures match texts, by a CLIP checkpoint folder in transformers' layout (`CLIPModel`).
package final class PromptMatch: Sendable {
  /// The folder, as it was named.
  package let name: String
  private let network: Part<CLIPModel>
  private let processor: CLIPPictureProcessor
  private let tokenizer: CLIPTokenizer
  /// Whose autoencoder stands before the vision tower.
  private let model: Model?
  /// The last text is asked for again by every picture.
  private let lastText = Mutex<(text: String, direction: Tensor)?>(nil)

  /// How near a picture and a text are.
  package struct Score: Sendable, Equatable {
    /// The cosine of the angle between them, -1...1; of published checkpoints, pictures with their captions reach about 0.3.
    package let cosine: Double
    /// The cosine times the checkpoint's scale: transformers' `logits_per_image`.
    package let logit: Double
  }

  /// Reads configuration, tokenizer and preprocessing; the weights are read when first needed.
  ///
  /// - Throws: A sentence when something is missing, damaged, or does not fit the rest.
  package convenience init(folder path: String, name: String) throws {
    let folder = try TransformersFolder(path: path)
    try self.init(folder, name: name, tokenizerFolder: path) { try folder.weights() }
  }

  /// The pair that a model brings: `clip/`, whose texts are read by the model's own tokenizer and text encoder, and whose pictures
  /// are seen as the model's autoencoder encodes them.
  ///
  /// - Throws: A sentence when the model brings none, or it is damaged.
  package convenience init(of model: Model) throws {
    guard let folder = model.folder, folder.components[Self.component]?.className == "CLIPModel" else {
      throw UserError.request(
        "\(model.name) brings no CLIP pair to judge pictures by; name a checkpoint's folder, in transformers' layout, or a downloaded one such as openai/clip-vit-base-patch32, by `clip`."
      )
    }
    try self.init(
      TransformersFolder(path: "\(folder.path)/\(Self.component)"), name: model.name,
      tokenizerFolder: "\(folder.path)/tokenizer", seenBy: model
    ) { try JoinedSource(folder.weights(of: Self.component), folder.weights(of: "text_encoder")) }
  }

  private static let component = "clip"

  /// - Parameter model: Whose autoencoder stands before the vision tower; nil where it sees pictures.
  private init(
    _ folder: TransformersFolder, name: String, tokenizerFolder: String, seenBy model: Model? = nil,
    weights: @escaping @Sendable () throws -> any TensorSource
  ) throws {
    let path = folder.path
    let configuration = try CLIPConfiguration(folder.configuration, origin: "\(path)/config.json")
    if model == nil { try configuration.vision.requirePictures() }
    let (settings, origin) = try folder.pictureSettings
    let edge = configuration.vision.imageSize * (model?.family.latents.pixelsPerLatent ?? 1)
    processor = try CLIPPictureProcessor(settings, edge: edge, origin: origin)
    tokenizer = try CLIPTokenizer(folder: URL(fileURLWithPath: tokenizerFolder))
    try tokenizer.check(against: configuration.text, origin: path)
    network = Part(from: weights, { try CLIPModel(configuration, $0) })
    self.model = model
    self.name = name
  }

  /// - Throws: A sentence when the weights cannot be used.
  package func callAsFunction(_ picture: Picture, text: String) throws -> Score {
    let network = try network.loaded()
    let direction = lastText.withLock { last in
      if let last, last.text == text { return last.direction }
      let tokens = PromptChunks(plain: text, tokenizer: tokenizer).chunks[0].tokens.map(Int.init)
      let direction = network.embeddings(ofTexts: [tokens])
      last = (text, direction)
      return direction
    }
    let cosine = network.embeddings(ofPictures: try seen(picture)).products(withRowsOf: direction)[0][0]
    let logit = cosine * network.logitScale
    guard logit.isFinite else {
      throw UserError.input("\(name): its networks made NaN values; the weights are damaged.")
    }
    return Score(cosine: Double(cosine), logit: Double(logit))
  }

  /// What the vision tower looks at.
  private func seen(_ picture: Picture) throws -> Tensor {
    let pixels = processor(picture)
    return try model?.family.autoencoder(.float32).encode(pixels, tileEdge: nil) { Tensor(shape: $0) } ?? pixels
  }

  /// The end of a text that the checkpoint cannot read at once; nil where it reads all.
  package func unread(of text: String) -> String? { PromptChunks(plain: text, tokenizer: tokenizer).cutText }

  /// What the checkpoint and its work take in memory, in bytes.
  package func predictedBytes() throws -> Int { try network.size() + Self.workingBytes }

  /// Of the bundled pair, measured.
  private static let workingBytes = 15 << 20
}

extension ModelCatalog {
  /// Opens a CLIP checkpoint: a folder, or the name of a downloaded repository such as `openai/clip-vit-base-patch32`.
  package func openMatch(_ name: String) throws -> PromptMatch {
    guard !name.isEmpty else { throw UserError.request("`clip` names no folder.") }
    guard !FileManager.default.fileExists(atPath: name) else { return try PromptMatch(folder: name, name: name) }
    guard name.contains("/"), HuggingFaceCache.isRepositoryName(name) else {
      throw UserError.input(
        "\(name): there is no such folder; a CLIP checkpoint in transformers' layout was expected.")
    }
    let folder = try HuggingFaceCache(environment: environment).snapshot(of: name)
    return try PromptMatch(folder: folder, name: name)
  }
}
