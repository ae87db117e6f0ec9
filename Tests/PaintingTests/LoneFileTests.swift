import Families
import Foundation
import Testing

/// A single file with nothing beside it.
@Suite struct LoneFileTests {
  private static let vocabulary = Fixtures.repository.appending(path: "weights/fetched/clip-vocabulary").path

  @Test(
    "paints what diffusers paints with CLIP's published vocabulary",
    .enabled(
      if: FileManager.default.fileExists(atPath: "\(vocabulary)/merges.txt"),
      "CLIP's vocabulary was not fetched; weights/fetch.sh does that"),
    arguments: PaintingCase.lone)
  func paints(_ painting: PaintingCase) throws {
    let layout = try #require((OriginalLayout.all + OriginalLayout.xl).first { $0.model == painting.model })
    let file = try OriginalLayoutFile(layout, tokens: 49_408)
    let model = try Model(file: file.path, name: painting.model, vocabulary: Self.vocabulary)
    expectSamePicture(try painting.painted(by: model).picture, try painting.expected)
  }

  @Test func twoFamiliesAreTold() { #expect(PaintingCase.lone.count == 2) }
}
