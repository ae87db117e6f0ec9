import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// Networks of random weights against diffusers and transformers in float64; see Tests/Reference/networks.py.
///
/// The tolerance: some forty layers of float32 each round to 6e-8 of values that normalisation brings back to size one,
/// which adds up to 1e-6 of the largest in most cases, to 3e-6 in the deepest; the rest is room for other processors'
/// orders of summation.
@Suite struct ReferenceTests {
  private func expectSample(_ fixture: NetworkFixture, _ name: String, _ tensor: Tensor) throws {
    let sample = try #require(fixture.outputs[name])
    #expect(tensor.shape == sample.shape)
    expectClose(sample.picked(from: tensor), sample.values, relative: 1e-5, name)
  }

  @Test(arguments: ["clip-quick-gelu", "clip-gelu"]) func textEncoder(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    let encoder = try CLIPTextEncoder(CLIPTextConfiguration(json, origin: name), Weights(checkpoint))
    #expect(checkpoint.unread == [])
    for skipped in fixture.outputs.keys {
      let found = encoder(try #require(fixture.sequences), skippedLayers: try #require(Int(skipped)))
      try expectSample(fixture, skipped, found)
    }
  }

  /// The states that SDXL reads, and whole texts, from one run of the layers.
  @Test(arguments: ["clip-projected", "clip-projected-old"]) func textEncoderWithProjection(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    let encoder = try CLIPTextEncoder(CLIPTextConfiguration(json, origin: name), projects: true, Weights(checkpoint))
    #expect(checkpoint.unread == [])
    let sequences = try #require(fixture.sequences)
    for skipped in fixture.outputs.keys.compactMap({ Int($0) }) {
      let found = encoder.encode(sequences, .plain(skippedLayers: skipped))
      try expectSample(fixture, String(skipped), found.hiddenStates)
      try expectSample(fixture, "pooled", #require(found.pooled))
      let normed = encoder.encode(sequences, .normed(skippedLayers: skipped))
      #expect(normed.hiddenStates.values == encoder(sequences, skippedLayers: skipped).values)
      #expect(normed.pooled?.values == found.pooled?.values)
    }
    #expect(encoder.encode(sequences).hiddenStates.values == encoder(sequences).values)
  }

  @Test(
    arguments: [
      "unet-heads-everywhere", "unet-heads-by-level", "unet-guidance-embedded", "unet-inpainting", "unet-four-levels",
      "unet-sdxl", "unet-ssd-1b", "unet-vega", "unet-koala", "unet-refiner", "unet-sdxs", "unet-sdxs-0.9",
      "unet-tiny-sd", "unet-bk-sdm-small", "unet-depth-zero",
    ]) func unet(name: String) throws
  {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    let configuration = try UNetConfiguration(json, origin: name)
    let unet = try UNet(configuration, Weights(checkpoint))
    #expect(configuration.needsAddedConditions == (fixture.pooled != nil))
    #expect(fixture.pooled.flatMap { configuration.timeIDCount(pooledWidth: $0[1]) } == fixture.timeIDs?[0].count)
    #expect(checkpoint.unread == [])
    #expect(unet.embedsGuidance == (name == "unet-guidance-embedded"))
    try expectPrediction(fixture, unet)
  }

  /// A picture is painted alike alone and beside another one, whose conditions differ.
  @Test(arguments: ["unet-sdxl", "unet-ssd-1b"]) func conditionsOfABatchStayApart(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let unet = try UNet(UNetConfiguration(json, origin: name), Weights(fixture.checkpoint))
    let latents = fixture.featureMap("latents", fixture.latents)
    let both = unet(latents, timestep: 500, context: fixture.textContext, guidance: 1)
    for index in 0..<2 {
      let alone = unet(
        latents.slice(index..<index + 1), timestep: 500, context: fixture.textContext.slice(index..<index + 1),
        guidance: 1)
      expectClose(alone, both.slice(index..<index + 1), relative: 1e-5, "picture \(index)")
    }
  }

  /// Deep features of the same step change nothing, and those of another size are not used.
  @Test(arguments: ["unet-sdxl", "unet-ssd-1b", "unet-sdxs-0.9", "unet-tiny-sd", "unet-heads-everywhere"])
  func deepFeaturesOfTheSameStepAreExact(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let unet = try UNet(UNetConfiguration(json, origin: name), Weights(fixture.checkpoint))
    let (latents, context) = (fixture.featureMap("latents", fixture.latents), fixture.textContext)
    let features = DeepFeatures()
    let whole = unet(latents, timestep: 500, context: context, guidance: 1, features: features)
    let reused = unet(latents, timestep: 500, context: context, guidance: 1, features: features)
    #expect(reused.values == whole.values)
    let later = unet(latents, timestep: 400, context: context, guidance: 1, features: features)
    #expect(later.values != whole.values)
    #expect(later.values != unet(latents, timestep: 400, context: context, guidance: 1).values)
  }

  @Test(arguments: ["pixart-patches", "pixart-pixels", "pixart-trained-grid"])
  func diffusionTransformer(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    let transformer = try PixArtTransformer(PixArtConfiguration(json, origin: name), Weights(checkpoint))
    #expect(checkpoint.unread == [])
    try expectPrediction(fixture, transformer)
  }

  @Test(arguments: ["flux2", "flux2-references", "flux2-wide"]) func flux2(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    let transformer = try Flux2Transformer(Flux2Configuration(json, origin: name), Weights(checkpoint))
    #expect(checkpoint.unread == [])
    let latents = fixture.featureMap("latents", fixture.latents)
    let references = (fixture.references ?? []).enumerated().map { fixture.featureMap("reference \($0)", $1) }
    let context = transformer.context(
      text: Patterned.tensor("context", shape: try #require(fixture.context)), references: references,
      height: latents.shape[1], width: latents.shape[2])
    let velocity = transformer(latents, timestep: try #require(fixture.timestep), context: context)
    try expectSample(fixture, "prediction", velocity.channelsFirst())
  }

  @Test(arguments: ["z-image", "z-image-filled", "z-image-wide"]) func zImage(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    let transformer = try ZImageTransformer(ZImageConfiguration(json, origin: name), Weights(checkpoint))
    #expect(checkpoint.unread == [])
    let latents = fixture.featureMap("latents", fixture.latents)
    let context = transformer.context(
      caption: Patterned.tensor("context", shape: try #require(fixture.context)), height: latents.shape[1],
      width: latents.shape[2])
    let velocity = transformer(latents, time: try #require(fixture.timestep), context: context)
    try expectSample(fixture, "prediction", velocity.channelsFirst())
  }

  @Test(arguments: ["flux2-autoencoder", "flux2-autoencoder-small", "flux2-autoencoder-tiles"])
  func flux2Autoencoder(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    let configuration = try AutoencoderKLFlux2Configuration(json, origin: name)
    let autoencoder = try AutoencoderKLFlux2(configuration, Weights(checkpoint))
    #expect(checkpoint.unread == [])
    #expect(configuration.latentChannels == autoencoder.latentChannels)
    try expectRoundTrip(fixture, autoencoder)
  }

  private func expectPrediction(_ fixture: NetworkFixture, _ denoiser: some Denoiser) throws {
    let latents = fixture.featureMap("latents", fixture.latents)
    #expect(denoiser.inputChannels == latents.shape[3])
    let known = fixture.textContext
    #expect(denoiser.contextChannels == known.embeddings.shape[2])
    let (timestep, guidance) = (try #require(fixture.timestep), try #require(fixture.guidance))
    let prediction = denoiser(latents, timestep: timestep, context: known, guidance: guidance)
    #expect(prediction.shape[3] == denoiser.outputChannels)
    try expectSample(fixture, "prediction", prediction.channelsFirst())
    // What a context keeps from one evaluation serves the next, whatever its timestep.
    _ = denoiser(latents, timestep: 1, context: known, guidance: guidance)
    let again = denoiser(latents, timestep: timestep, context: known, guidance: guidance)
    #expect(again.values == prediction.values)
  }

  @Test(arguments: ["autoencoder", "autoencoder-shifted", "autoencoder-patches", "autoencoder-tiles"])
  func variationalAutoencoder(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    let autoencoder = try AutoencoderKL(AutoencoderKLConfiguration(json, origin: name), Weights(checkpoint))
    #expect(checkpoint.unread == [])
    try expectRoundTrip(fixture, autoencoder)
  }

  @Test(arguments: ["tiny-autoencoder", "tiny-autoencoder-flux2"]) func tinyAutoencoder(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    let configuration = try AutoencoderTinyConfiguration(json, origin: name)
    let autoencoder = try AutoencoderTiny(configuration, Weights(checkpoint))
    #expect(checkpoint.unread == [])
    try expectRoundTrip(fixture, autoencoder)
  }

  @Test(arguments: ["upscaler-twice", "upscaler-fourfold"]) func upscaler(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    let upscaler = try SRVGGNetCompact(
      SRVGGNetCompactConfiguration(json, origin: name), Weights(checkpoint))
    #expect(checkpoint.unread == [])
    let enlarged = upscaler(fixture.featureMap("picture", fixture.picture))
    try expectSample(fixture, "enlarged", enlarged.channelsFirst())
  }

  @Test func prior() throws {
    let (fixture, json) = try NetworkFixture.named("prior")
    let checkpoint = fixture.checkpoint
    let prior = try LatentPrior(LatentPriorConfiguration(json, origin: "prior"), Weights(checkpoint))
    #expect(checkpoint.unread == [])
    let drafts = prior(Patterned.tensor("states", shape: try #require(fixture.states)))
    try expectSample(fixture, "drafts", drafts.channelsFirst())
  }

  private func expectRoundTrip(_ fixture: NetworkFixture, _ autoencoder: some Autoencoder) throws {
    let picture = fixture.featureMap("picture", fixture.picture)
    let latents = fixture.featureMap("latents", fixture.latents, times: 2)
    #expect(autoencoder.latentChannels == latents.shape[3])
    #expect(autoencoder.pixelsPerLatent == picture.shape[1] / latents.shape[1])
    let tile = fixture.tile ?? 0
    let tileEdge = tile > 0 ? tile : nil
    let encoded = try autoencoder.encode(picture, tileEdge: tileEdge.map { $0 * autoencoder.pixelsPerLatent }) {
      shape in
      Patterned.tensor("noise", shape: [shape[0], shape[3], shape[1], shape[2]]).channelsLast()
    }
    try expectSample(fixture, "encoded", encoded.channelsFirst())
    try expectSample(fixture, "decoded", autoencoder.decode(latents, tileEdge: tileEdge).channelsFirst())
  }
}
