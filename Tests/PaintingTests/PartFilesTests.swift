import Checkpoints
import Families
import Foundation
import Painting
import System
import Testing

/// Models whose parts come from several files.
@Suite struct PartFilesTests {
  private let layout = OriginalLayout.all[0]
  private let folder = Fixtures.folder.appending(path: "sd1")

  private func lone(_ file: OriginalLayoutFile, _ parts: PartFiles) throws -> Model {
    try Model(
      file: file.path, name: "sd1", vocabulary: folder.appending(path: "tokenizer").path, replacements: parts)
  }

  @Test func aUNetAlonePaintsWithTheOthersOfTheFolder() throws {
    let painting = try PaintingCase.named("sd1-pndm")
    let unet = try OriginalLayoutFile(layout, alone: "unet")
    let autoencoder = try OriginalLayoutFile(layout, alone: "vae")
    let text = folder.appending(path: "text_encoder/model.safetensors").path
    for place in [autoencoder.path, folder.appending(path: "vae").path, folder.path] {
      let model = try lone(unet, PartFiles(autoencoder: place, textEncoders: [text]))
      expectSamePicture(try painting.painted(by: model).picture, try painting.expected)
    }
  }

  @Test func aTinyAutoencoderTakesThePlaceOfALargeOne() throws {
    let painting = try #require(PaintingCase.all.first { $0.model == "tiny" && $0.texts["reference"] == nil })
    let tiny = Fixtures.folder.appending(path: "tiny/vae").path
    let model = try Model(folder: folder.path, name: "sd1", replacements: PartFiles(autoencoder: tiny))
    expectSamePicture(try painting.painted(by: model).picture, try painting.expected)
  }

  @Test func whatIsMissingIsNamed() throws {
    let unet = try OriginalLayoutFile(layout, alone: "unet")
    func says(_ parts: PartFiles, _ words: String) {
      #expect { try lone(unet, parts) } throws: { "\($0)".contains(words) }
    }
    let vae = folder.appending(path: "vae").path
    let text = folder.appending(path: "text_encoder").path
    says(
      PartFiles(),
      "it lacks an autoencoder (name its file by `vae`) and the text encoder CLIP-L (by `text-encoder`)")
    says(PartFiles(autoencoder: vae), "it lacks the text encoder CLIP-L (by `text-encoder`)")
    says(PartFiles(textEncoders: [text]), "it lacks an autoencoder (name its file by `vae`); or take")
    says(PartFiles(autoencoder: vae, textEncoders: [text, text]), "would be the model's `text_encoder`, and so would")
    says(PartFiles(autoencoder: text), "holds no autoencoder")
  }
}
