import JSON
import Networks
import Testing

/// What an evaluation is forecast to take, against what was measured of whole models, in bytes a latent and picture.
@Suite struct MemoryTests {
  private static let attending = "CrossAttnDownBlock2D"
  private static let attendingUp = "CrossAttnUpBlock2D"

  private static let stableDiffusionXL: [String: JSONValue] = [
    "block_out_channels": [320, 640, 1280], "attention_head_dim": [5, 10, 20], "cross_attention_dim": 2048,
    "transformer_layers_per_block": [1, 2, 10], "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
    "down_block_types": ["DownBlock2D", .string(MemoryTests.attending), .string(MemoryTests.attending)],
    "up_block_types": [.string(MemoryTests.attendingUp), .string(MemoryTests.attendingUp), "UpBlock2D"],
  ]

  /// Of Stable Diffusion 1.x 20,000 were measured.
  @Test func stableDiffusion1TakesWhatWasMeasured() throws {
    let configuration = try UNetConfiguration([:], origin: "SD 1")
    #expect(configuration.activationBytes(latentHeight: 64, latentWidth: 64, batch: 2) == 20_480 * 64 * 64 * 2)
    #expect(configuration.activationBytes(latentHeight: 64, latentWidth: 96, batch: 1) == 20_480 * 64 * 96)
  }

  /// Its outermost level has no transformer, whose feed-forward part takes the most of Stable Diffusion 1.x.
  @Test func stableDiffusionXLTakesALittleLess() throws {
    let configuration = try UNetConfiguration(.object(MemoryTests.stableDiffusionXL), origin: "SDXL")
    let bytes = configuration.activationBytes(latentHeight: 128, latentWidth: 128, batch: 2)
    #expect((14_000..<20_480).contains(bytes / (128 * 128 * 2)))
  }

  @Test func prunedNetworksTakeLess() throws {
    let pruned: [String: JSONValue] = [
      "layers_per_block": 1, "mid_block_type": nil, "block_out_channels": [320, 640, 1280],
      "down_block_types": [
        .string(MemoryTests.attending), .string(MemoryTests.attending), .string(MemoryTests.attending),
      ],
      "up_block_types": [
        .string(MemoryTests.attendingUp), .string(MemoryTests.attendingUp), .string(MemoryTests.attendingUp),
      ],
    ]
    let configuration = try UNetConfiguration(.object(pruned), origin: "tiny-SD")
    #expect((14_000..<20_480).contains(configuration.activationBytes(latentHeight: 1, latentWidth: 1, batch: 1)))
  }

  /// Measured of a network of width 128.
  @Test func transformersTakeTenMapsOfTheirWidth() throws {
    let json: JSONValue = [
      "num_attention_heads": 4, "attention_head_dim": 32, "cross_attention_dim": 128, "patch_size": 2,
      "caption_channels": 20, "use_additional_conditions": false,
    ]
    let configuration = try PixArtConfiguration(json, origin: "transformer")
    #expect(configuration.activationBytes(latentHeight: 32, latentWidth: 32, batch: 2) == 10 * 128 * 4 * 16 * 16 * 2)
  }
}
