import Checkpoints
import Families
import Foundation
import Painting
import Testing

/// FLUX.2 klein and Z-Image whose parts are files of their own, as ComfyUI has them.
@Suite struct SplitFilesTests {
  /// A folder in which files stand alone: no settings beside them, no vocabulary.
  private final class Alone {
    let folder = FileManager.default.temporaryDirectory.appending(path: "limn-split-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: folder) }

    func link(_ file: URL, as name: String) throws -> String {
      let place = folder.appending(path: name)
      try FileManager.default.createSymbolicLink(at: place, withDestinationURL: file.resolvingSymlinksInPath())
      return place.path
    }
  }

  private static let vocabulary = Fixtures.folder("PicturesFlux2/klein/tokenizer").path

  @Test("diffusers' picture by files alone", arguments: PaintingCase.split)
  func paintsWhatDiffusersPaints(_ painting: PaintingCase) throws {
    let alone = try Alone()
    let parts = Fixtures.folder(painting.model)
    let transformer = try alone.link(
      parts.appending(path: "transformer/diffusion_pytorch_model.safetensors"), as: "transformer.safetensors")
    let text = try alone.link(parts.appending(path: "text_encoder/model.safetensors"), as: "qwen.safetensors")
    let autoencoder = try alone.link(
      painting.folder.appending(path: try #require(painting.texts["vae"])), as: "vae.safetensors")
    func model(_ autoencoder: String?, _ texts: [String], vocabulary: String? = Self.vocabulary) throws -> Model {
      try Model(
        file: transformer, name: "turbo", vocabulary: nil, chatVocabulary: vocabulary,
        replacements: PartFiles(autoencoder: autoencoder, textEncoders: texts))
    }
    let split = try model(autoencoder, [text])
    expectSamePicture(try painting.painted(by: split).picture, try painting.expected)
    // In the place of a folder's own.
    let whole = try Model(
      folder: parts.path, name: "turbo", replacements: PartFiles(autoencoder: autoencoder, textEncoders: [text]))
    expectSamePicture(try painting.painted(by: whole).picture, try painting.expected)
  }

  /// llama.cpp's text encoder brings its vocabulary: nothing else knows one here.
  @Test("a text encoder as a lone GGUF", arguments: PaintingCase.split.filter { $0.name.hasPrefix("klein") })
  func textEncoderOfLlama(_ painting: PaintingCase) throws {
    let alone = try Alone()
    let transformer = try alone.link(
      Fixtures.folder(painting.model).appending(path: "transformer/diffusion_pytorch_model.safetensors"),
      as: "transformer.safetensors")
    let text = try alone.link(painting.folder.appending(path: "qwen3.gguf"), as: "qwen3-4b-BF16.gguf")
    let autoencoder = try alone.link(
      painting.folder.appending(path: try #require(painting.texts["vae"])), as: "vae.safetensors")
    // Its own vocabulary goes before the program's.
    for vocabulary in [nil, "/nowhere"] {
      let model = try Model(
        file: transformer, name: "turbo", vocabulary: nil, chatVocabulary: vocabulary,
        replacements: PartFiles(autoencoder: autoencoder, textEncoders: [text]))
      expectSamePicture(try painting.painted(by: model).picture, try painting.expected)
    }
  }

  @Test func everyPartIsAskedFor() throws {
    #expect(PaintingCase.split.count == 4)
    let alone = try Alone()
    let parts = Fixtures.folder("PicturesFlux2/klein")
    let transformer = try alone.link(
      parts.appending(path: "transformer/diffusion_pytorch_model.safetensors"), as: "transformer.safetensors")
    let text = try alone.link(parts.appending(path: "text_encoder/model.safetensors"), as: "qwen.safetensors")
    let vae = try alone.link(
      Fixtures.folder("PicturesSplit").appending(path: "flux2-vae.safetensors"), as: "vae.safetensors")
    func says(_ autoencoder: String?, _ texts: [String], _ words: String, vocabulary: String? = Self.vocabulary) {
      #expect {
        try Model(
          file: transformer, name: "x", vocabulary: nil, chatVocabulary: vocabulary,
          replacements: PartFiles(autoencoder: autoencoder, textEncoders: texts))
      } throws: {
        "\($0)".contains(words)
      }
    }
    says(nil, [], "holds the transformer of FLUX.2 alone: name its autoencoder by `vae` and its text encoder (Qwen3)")
    says(vae, [], "holds the transformer of FLUX.2 alone")
    says(vae, [text, text], "holds the transformer of FLUX.2 alone")
    says(vae, [vae], "holds no Qwen3")
    says(text, [text], "holds no autoencoder")
    says(vae, [text], "holds no vocabulary", vocabulary: nil)
  }
}
