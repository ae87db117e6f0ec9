import Families
import Foundation
import Images
import Painting
import System
import Testing

/// Textual inversions. That the pictures are diffusers' stands in ``ParityTests``.
@Suite struct EmbeddingTests {
  private let folder = Fixtures.folder("PicturesEmbeddings")

  private func inversion(_ name: String) throws -> TextualInversion {
    let path = folder.appending(path: name).path
    return try TextualInversion(path: path, digits: path)
  }

  @Test func layoutsAreTold() throws {
    #expect(try inversion("words.safetensors").words == ["<many-words>", "words"])
    #expect(try inversion("words.safetensors").count == 3)
    #expect(try inversion("pickle.bin").words == ["<pickled>", "pickle"])
    #expect(try inversion("pickle.bin").count == 1)
    #expect(try inversion("old.pt").words == ["old"])
    #expect(try inversion("automatic.safetensors").words == ["automatic"])
    #expect(try inversion("xl-four.safetensors").count == 4)
    #expect(throws: UserError.self) { try inversion("sd1/unet/diffusion_pytorch_model.safetensors") }
  }

  @Test func anotherFamilysIsRefused() throws {
    for (name, model) in [
      ("word.safetensors", "xl"), ("xl-one.safetensors", "sd1"), ("word.safetensors", "transformer"),
    ] {
      let place = model == "transformer" ? Fixtures.folder.appending(path: model) : folder.appending(path: model)
      let opened = try Model(folder: place.path, name: model)
      let settings = try PictureSettings(["prompt": "a fox", "embedding": folder.appending(path: name).path])
      let says =
        model == "transformer" ? "takes no textual inversions" : "is a textual inversion for text encoder"
      #expect { try Fixtures.order(settings, opened) } throws: { "\($0)".contains(says) }
    }
  }

  @Test func oneThatNobodyNamesIsAWarning() throws {
    let model = try Model(folder: folder.appending(path: "sd1").path, name: "sd1")
    func warnings(_ prompt: String) throws -> [String] {
      let path = folder.appending(path: "word.safetensors").path
      return try Fixtures.order(PictureSettings(["prompt": prompt, "embedding": path]), model).scene.warnings
    }
    #expect(try warnings("a fox").count == 1)
    #expect(try warnings("a fox")[0].hasSuffix("word.safetensors; <red-fox> stands for it."))
    #expect(try warnings("a <red-fox>").isEmpty)
    #expect(try warnings("a Word in the snow").isEmpty)
    #expect(try warnings("many words").count == 1)
  }

  /// A1111's syntax weighs a word's vectors as it weighs a token's.
  @Test func weightsHoldForAllVectors() throws {
    let model = try Model(folder: folder.appending(path: "sd1").path, name: "sd1")
    let path = folder.appending(path: "words.safetensors").path
    func picture(_ prompt: String) throws -> Picture {
      let settings = try PictureSettings([
        "prompt": prompt, "embedding": path, "prompt-syntax": "a1111", "steps": "2", "width": "64", "height": "64",
        "seed": "1",
      ])
      return try Painter(model).paint(Fixtures.order(settings, model)).picture
    }
    let plain = try picture("a fox words")
    #expect(try picture("a fox (words:1.0)") == plain)
    #expect(try picture("a fox (words:1.6)") != plain)
    #expect(try picture("a fox") != plain)
  }
}
