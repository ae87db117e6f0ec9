import JSON
import Networks
import Tensors
import TestSupport
import Testing

/// CLIP's towers and the safety checker against transformers and diffusers in float64; see Tests/Reference/clip.py. The
/// tolerance is that of `ReferenceTests`.
@Suite struct CLIPTests {
  private func expectSample(_ fixture: NetworkFixture, _ name: String, _ tensor: Tensor) throws {
    let sample = try #require(fixture.outputs[name])
    #expect(tensor.shape == sample.shape)
    expectClose(sample.picked(from: tensor), sample.values, relative: 1e-5, name)
  }

  @Test(arguments: ["clip-vision", "clip-vision-gelu"]) func visionTower(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let configuration = try CLIPVisionConfiguration(json, origin: name)
    let checkpoint = fixture.checkpoint
    let model = try CLIPVisionModelWithProjection(configuration, Weights(checkpoint))
    #expect(checkpoint.unread == [])
    let pictures = fixture.featureMap("picture", fixture.picture)
    let output = model.encoder(pictures)
    try expectSample(fixture, "tokens", output.tokens)
    try expectSample(fixture, "pooled", output.pooled)
    try expectSample(fixture, "projected", model(pictures))
  }

  @Test(arguments: ["clip-model", "clip-model-old"]) func textsAndPictures(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    let model = try CLIPModel(CLIPConfiguration(json, origin: name), Weights(checkpoint))
    #expect(checkpoint.unread == [])
    let texts = model.embeddings(ofTexts: try #require(fixture.sequences))
    let pictures = model.embeddings(ofPictures: fixture.featureMap("picture", fixture.picture))
    try expectSample(fixture, "texts", texts)
    try expectSample(fixture, "pictures", pictures)
    let cosines = pictures.products(withRowsOf: texts)
    try expectSample(
      fixture, "logits",
      Tensor(shape: [cosines.count, cosines[0].count], values: cosines.flatMap { $0 }) * model.logitScale)
  }

  @Test(arguments: ["safety-checker", "safety-checker-nested"]) func safetyChecker(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    let checker = try SafetyChecker(SafetyCheckerConfiguration(json, origin: name), Weights(checkpoint))
    #expect(checkpoint.unread == [])
    let scores = checker(fixture.featureMap("picture", fixture.picture))
    // Both sides round to thousandths; a hair's difference before that is one of them after.
    for (name, found) in [("care", scores.map(\.specialCare)), ("concepts", scores.map(\.concepts))] {
      let sample = try #require(fixture.outputs[name])
      expectClose(found.flatMap(\.self), sample.values, absolute: 0.001_01, name)
    }
    let expected = try #require(fixture.outputs["concepts"])
    let flagged = (0..<scores.count).map { row in expected.values[row * 17..<(row + 1) * 17].contains { $0 > 0 } }
    #expect(scores.map(\.isUnsafe) == flagged)
  }

  @Test func anUnsafePictureIsOneConceptAboveItsThreshold() throws {
    let (fixture, json) = try NetworkFixture.named("safety-checker")
    let strict = fixture.checkpoint.replacing("concept_embeds_weights", by: filled(17, 1.5))
      .replacing("special_care_embeds_weights", by: filled(3, 1.5))
    let configuration = try SafetyCheckerConfiguration(json, origin: "checker")
    let pictures = fixture.featureMap("picture", fixture.picture)
    let calm = try SafetyChecker(configuration, Weights(strict))(pictures)
    #expect(calm.allSatisfy { !$0.isUnsafe && $0.highest < 0 })
    // Special care makes everything else count from 0.01 less.
    let caring = try SafetyChecker(
      configuration, Weights(strict.replacing("special_care_embeds_weights", by: filled(3, -1.5))))(pictures)
    for (before, after) in zip(calm, caring) {
      expectClose(after.concepts, before.concepts.map { Double($0) + 0.01 }, absolute: 0.001_01)
      #expect(after.specialCare[1] > after.specialCare[0] || after.specialCare[0] > 0)
    }
  }

  @Test(arguments: [
    ("vision_model.embeddings.class_embedding", [23]), ("concept_embeds", [16, 14]),
    ("special_care_embeds_weights", [3, 1]), ("vision_model.embeddings.position_embedding.weight", [9, 24]),
  ])
  func anotherShapeIsNamed(name: String, shape: [Int]) throws {
    let (fixture, json) = try NetworkFixture.named("safety-checker")
    let damaged = fixture.checkpoint.replacing(name, by: StoredTensor(Tensor(shape: shape)))
    let error = try #require(throws: NetworkError.self) {
      try SafetyChecker(SafetyCheckerConfiguration(json, origin: "checker"), Weights(damaged))
    }
    #expect(error.description.contains("`\(name)` is \(shape)"))
  }

  @Test func safetyCheckersLookAtPictures() throws {
    let json: JSONValue = ["vision_config": ["num_channels": 4], "text_config": [:]]
    let error = try #require(throws: NetworkError.self) {
      try SafetyCheckerConfiguration(json, origin: "config.json")
    }
    #expect(error.description.contains("`num_channels` is 4"))
  }

  @Test(
    arguments: [
      (["hidden_size": 25, "num_attention_heads": 3], "no multiple of 3 heads"), (["patch_size": 300], "patches"),
      (["num_channels": 0], "`num_channels` is 0"), (["hidden_act": "mish"], "mish"),
      (["image_size": [224, 224]], "`image_size`"), (["image_size": 0], "`image_size` is 0"),
    ] as [(JSONValue, String)])
  func senselessConfigurationsAreRefused(json: JSONValue, words: String) throws {
    let error = try #require(throws: NetworkError.self) {
      try CLIPVisionConfiguration(json, origin: "config.json")
    }
    #expect(error.description.contains(words))
    let nested: JSONValue = ["vision_config": json, "text_config": [:]]
    #expect(throws: NetworkError.self) { try CLIPConfiguration(nested, origin: "config.json") }
    #expect(throws: NetworkError.self) { try SafetyCheckerConfiguration(nested, origin: "config.json") }
  }

  private func filled(_ count: Int, _ value: Float) -> StoredTensor {
    StoredTensor(Tensor(shape: [count], filledWith: value))
  }
}
