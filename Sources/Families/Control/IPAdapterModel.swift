import Checkpoints
import Images
import JSON
import Networks
import Synchronization
import System
import Tensors

/// An IP-Adapter with the CLIP vision tower that sees for it, opened and checked against a model; their weights are read when a picture is
/// first seen, and given back at once.
package final class IPAdapterModel: Sendable {
  /// As it is called in sentences.
  package let name: String
  /// The file whose hash names it.
  package let hashedFile: String
  private let adapter: Part<IPAdapter>
  private let tower: Part<CLIPVisionModelWithProjection>
  private let processor: CLIPPictureProcessor
  private let seesPlaces: Bool
  /// Many pictures follow the same ones.
  private let known = Mutex<(pictures: [Picture], prompt: PicturePrompt)?>(nil)

  /// - Parameters:
  ///   - path: A file of tencent-ailab's layout.
  ///   - encoders: Folders in which a vision tower may lie.
  /// - Throws: A sentence where it is damaged, something else, was made for another kind of model, or its tower is missing.
  init(path: String, encoders: [String], for base: ControlBase) throws {
    guard PathKind(path) != .folder else {
      throw UserError.input("\(path) is a folder; the file of an IP-Adapter in it was expected.")
    }
    let file = try CheckpointFiles.open(path)
    let shape = try IPAdapterShape(file)
    let unet = base.configuration
    guard shape.textWidth == unet.crossAttentionDim, shape.attentions == unet.promptAttentionCount else {
      throw UserError.input(
        "\(path) does not fit \(base.modelName), a \(base.familyName): it is for text of width \(shape.textWidth) and \(shape.attentions) attentions, not \(unet.crossAttentionDim) and \(unet.promptAttentionCount)."
      )
    }
    name = path.weightsStem
    hashedFile = path
    seesPlaces = shape.seesPlaces
    adapter = Part(from: { file }, { try IPAdapter(shape, unet, $0) })
    let found = try IPAdapterModel.tower(for: shape, of: path, in: encoders)
    let (folder, configuration) = found
    processor = try IPAdapterModel.processor(folder, edge: configuration.imageSize)
    tower = Part(from: { try folder.weights() }, { try CLIPVisionModelWithProjection(configuration, $0) })
  }

  /// The first tower that makes what the adapter sees.
  private static func tower(
    for shape: IPAdapterShape, of path: String, in encoders: [String]
  ) throws -> (TransformersFolder, CLIPVisionConfiguration) {
    var others: [String] = []
    for folder in encoders where PathKind("\(folder)/config.json") == .file {
      let opened = try TransformersFolder(path: folder)
      let configuration = try CLIPVisionConfiguration(opened.configuration, origin: "\(folder)/config.json")
      let width = shape.seesPlaces ? configuration.hiddenSize : configuration.projectionWidth
      if width == shape.seenWidth { return (opened, configuration) }
      others.append("\(folder) makes \(width)")
    }
    let seen = others.isEmpty ? "" : " (\(others.joined(separator: ", ")))"
    throw UserError.input(
      "\(path): no CLIP vision tower of width \(shape.seenWidth) was found for it\(seen): put transformers' folder, `config.json` and `model.safetensors`, as `image_encoder` beside the file."
    )
  }

  /// diffusers makes one of the tower's size where there is none.
  private static func processor(_ folder: TransformersFolder, edge: Int) throws -> CLIPPictureProcessor {
    if let (settings, origin) = try? folder.pictureSettings {
      return try CLIPPictureProcessor(settings, edge: edge, origin: origin)
    }
    return try CLIPPictureProcessor(
      ["size": .integer(edge), "crop_size": .integer(edge)], edge: edge, origin: folder.path)
  }

  /// What the UNet's layers see of pictures, and of none before them: `[2, tokens, channels]` each.
  func prompt(_ pictures: [Picture]) throws -> PicturePrompt {
    if let prompt = known.withLock({ $0?.pictures == pictures ? $0?.prompt : nil }) { return prompt }
    let tower = try tower.loaded()
    let pixels = Tensor.concatenated(pictures.map(processor.callAsFunction))
    let (seen, unseen) =
      seesPlaces
      ? (tower.encoder.placesBeforeLastLayer(pixels), tower.encoder.placesBeforeLastLayer(Tensor(shape: pixels.shape)))
      : (tower(pixels), Tensor(shape: [pictures.count, tower.width]))
    release()
    let adapter = try adapter.loaded()
    let prompt = adapter(seen).behind(adapter(unseen))
    release()
    guard prompt.isFinite else {
      throw UserError.input(
        "\(name): it made NaN values of the pictures; its weights, or its vision tower's, are damaged.")
    }
    known.withLock { $0 = (pictures, prompt) }
    return prompt
  }

  private func release() {
    tower.release()
    adapter.release()
  }

  /// What the larger of the two takes while it works, in bytes.
  package func size() throws -> Int { try max(tower.size(), adapter.size()) }
}

/// Pictures that are followed beside the prompt, all as much as each other.
package struct PictureInput: Sendable {
  package let model: IPAdapterModel
  package internal(set) var pictures: [Picture]
  /// 1 as it was trained; 0 for nothing.
  package let weight: Double

  package init(_ model: IPAdapterModel, pictures: [Picture], weight: Double) {
    (self.model, self.pictures, self.weight) = (model, pictures, weight)
  }

  /// Those of one network and weight together: as diffusers takes several pictures of one adapter.
  package static func joined(_ inputs: [PictureInput]) -> [PictureInput] {
    inputs.reduce(into: []) { joined, input in
      if let index = joined.firstIndex(where: { $0.model === input.model && $0.weight == input.weight }) {
        joined[index].pictures += input.pictures
      } else {
        joined.append(input)
      }
    }
  }
}
