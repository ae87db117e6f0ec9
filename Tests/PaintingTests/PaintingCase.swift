import Foundation
import Generation
import Guardrail
import Images
import Sampling
import Testing

/// A picture that diffusers painted, with what it was asked for: Tests/Reference/pictures_end_to_end.py (torch 2.15.0,
/// diffusers 0.42.1, transformers 5.23.0).
struct PaintingCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let model: String
  let prompt: String
  let negative: String
  let seed: UInt64
  let steps: Int
  let guidance: Double
  let width: Int
  let height: Int
  let sampler: String?
  let schedule: String?
  let spacing: String?
  let clipSkip: Int?
  let strength: Double?

  var testDescription: String { name }

  static let all: [PaintingCase] = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let file = Fixtures.folder.appending(path: "cases.json")
    return (try? decoder.decode([PaintingCase].self, from: Data(contentsOf: file))) ?? []
  }()

  /// The case of that name.
  static func named(_ name: String) throws -> PaintingCase { try #require(all.first { $0.name == name }) }

  var expected: Picture {
    get throws { try Picture(contentsOf: Fixtures.folder.appending(path: "\(name).png").path) }
  }

  func request(for model: Model) throws -> PaintingRequest {
    let wish = SizePlan.Wish.exact(PictureSize(width: width, height: height))
    var request = try PaintingRequest(
      size: SizePlan(wish, profile: model.profile, multiple: model.traits.sizeMultiple), seed: seed, steps: steps,
      guidance: guidance)
    request.clipSkip = clipSkip ?? 0
    if let sampler { request.sampler = try #require(SamplerName(rawValue: sampler)) }
    if let schedule { request.schedule = try #require(SigmaSchedule(rawValue: schedule)) }
    request.spacing = spacing.flatMap(TimestepSpacing.init)
    if let strength {
      let picture = try Picture(contentsOf: Fixtures.folder.appending(path: "\(name).reference.png").path)
      request.reference = Reference(picture: picture, strength: strength)
    }
    return request
  }

  func painted(by model: Model) throws -> Painter.Painting {
    let approved = try Fixtures.guardrail().approve(prompt: prompt, negative: negative)
    return try Painter(model).paint(approved, request(for: model))
  }
}

/// Tests/Fixtures/Pictures, and the repository's guardrail.
enum Fixtures {
  static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL
  static let folder = repository.appending(path: "Tests/Fixtures/Pictures")

  static func guardrail() throws -> Guardrail {
    try Guardrail(folder: repository.appending(path: "weights/guardrail").path)
  }

  static func model(_ name: String) throws -> Model {
    try Model(folder: folder.appending(path: name).path, name: name)
  }
}

/// Expects the picture that diffusers painted, but for rounding: diffusers in float64 differs from itself in float32 by
/// up to 1 of 255.
func expectSamePicture(
  _ actual: Picture, _ expected: Picture, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.width == expected.width && actual.height == expected.height, sourceLocation: sourceLocation)
  let differences = zip(actual.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
  let mean = Double(differences.reduce(0, +)) / Double(max(1, differences.count))
  #expect(differences.max() ?? 256 <= 2, "the largest difference of 255", sourceLocation: sourceLocation)
  #expect(mean <= 0.02, "the mean difference of 255", sourceLocation: sourceLocation)
}
