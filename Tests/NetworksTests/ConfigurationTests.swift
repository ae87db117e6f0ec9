import JSON
import Networks
import Tensors
import TestSupport
import Testing

/// Configurations and checkpoints that are not what they should be: sentences, never traps.
@Suite struct ConfigurationTests {
  /// Builds the network of a fixture from this configuration and runs it once.
  private func build(_ name: String, _ json: JSONValue, _ checkpoint: InMemoryTensors, _ fixture: NetworkFixture) throws
  {
    let weights = Weights(checkpoint)
    switch name.prefix(while: { $0 != "-" }) {
    case "clip":
      let configuration = try CLIPTextConfiguration(json, origin: "config.json")
      _ = try CLIPTextEncoder(configuration, weights)(fixture.sequences ?? [])
    case "unet":
      let configuration = try UNetConfiguration(json, origin: "config.json")
      let unet = try UNet(configuration, weights)
      let timeIDs = configuration.timeIDCount(pooledWidth: fixture.pooled?[1] ?? 0)
      if configuration.needsAddedConditions && timeIDs != fixture.timeIDs?[0].count {
        throw NetworkError.configuration("the added conditions do not fit.")
      }
      evaluate(unet, fixture)
    case "pixart":
      evaluate(try PixArtTransformer(PixArtConfiguration(json, origin: "config.json"), weights), fixture)
    case "tiny":
      let configuration = try AutoencoderTinyConfiguration(json, origin: "config.json")
      try evaluate(AutoencoderTiny(configuration, weights), fixture)
    case "flux2" where name == "flux2-autoencoder":
      let configuration = try AutoencoderKLFlux2Configuration(json, origin: "config.json")
      try evaluate(AutoencoderKLFlux2(configuration, weights), fixture)
    case "flux2":
      let transformer = try Flux2Transformer(Flux2Configuration(json, origin: "config.json"), weights)
      let (latents, context) = (fixture.featureMap("latents", fixture.latents), fixture.textContext.embeddings)
      _ = transformer(
        latents, timestep: 1,
        context: transformer.context(text: context, height: latents.shape[1], width: latents.shape[2]))
    case "z":
      let transformer = try ZImageTransformer(ZImageConfiguration(json, origin: "config.json"), weights)
      let (latents, context) = (fixture.featureMap("latents", fixture.latents), fixture.textContext.embeddings)
      _ = transformer(
        latents, time: 1,
        context: transformer.context(caption: context, height: latents.shape[1], width: latents.shape[2]))
    default:
      let configuration = try AutoencoderKLConfiguration(json, origin: "config.json")
      try evaluate(AutoencoderKL(configuration, weights), fixture)
    }
  }

  private func evaluate(_ denoiser: some Denoiser, _ fixture: NetworkFixture) {
    let latents = fixture.featureMap("latents", fixture.latents)
    _ = denoiser(latents, timestep: 1, context: fixture.textContext, guidance: 2)
  }

  private func evaluate(_ autoencoder: some Autoencoder, _ fixture: NetworkFixture) throws {
    let picture = fixture.featureMap("picture", fixture.picture)
    _ = try autoencoder.encode(picture, tileEdge: nil) { Tensor(shape: $0) }
    _ = autoencoder.decode(fixture.featureMap("latents", fixture.latents), tileEdge: nil)
  }

  private func sentence(of body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch let error as NetworkError {
      return error.description
    } catch {
      return "not a NetworkError: \(error)"
    }
  }

  private static let names = [
    "clip-gelu", "unet-guidance-embedded", "unet-inpainting", "unet-vega", "unet-sdxs-0.9", "autoencoder",
    "autoencoder-patches",
    "tiny-autoencoder", "pixart-patches", "pixart-pixels", "flux2", "flux2-autoencoder", "z-image",
  ]

  private static let nonsense = [
    "0", "-1", "1", "3", "0.5", "1e30", "-1e30", "16777216", "99999999999", "9223372036854775807",
    "-9223372036854775808", "92233720368547758070", "\"\"", "\"nonsense\"", "null", "true", "false", "[]", "{}",
    "[0]", "[-1]", "[[]]", "[[],[],[]]", "[[1,1],[1,1,1],1]", "[0,0,0]", "[1,2,1025]", "[8]", "[8,16,8,16,8,16]",
    "[9223372036854775807,9223372036854775807]", "[null]", "[[1],[2]]",
    "[\"DownBlock2D\"]",
  ]

  /// Every key that a configuration has with every kind of nonsense: the network runs or says why it does not.
  @Test(arguments: names, nonsense) func nonsenseIsNeverFatal(name: String, value: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    let replacement = try JSONValue(parsing: Array(value.utf8))
    for key in try #require(json.object).keys {
      let changed = json.merging([key: replacement])
      let found = sentence { try build(name, changed, checkpoint, fixture) }
      if let found { #expect(found.hasSuffix(".") && !found.hasPrefix("not a"), "\(key): \(found)") }
    }
  }

  @Test(arguments: [[], nil, 3, "{}"] as [JSONValue]) func notAConfiguration(json: JSONValue) throws {
    for name in ConfigurationTests.names {
      let (fixture, _) = try NetworkFixture.named(name)
      let found = try #require(sentence { try build(name, json, fixture.checkpoint, fixture) }, "\(name) took \(json)")
      #expect(found == "config.json is not a configuration that limn can read: it is not an object.")
    }
  }

  /// What a changed configuration is answered with.
  private static let sentences: [(network: String, changes: String, sentence: String)] = [
    (
      "unet-inpainting", #"{"down_block_types": ["DownBlock2D", "KDownBlock2D"]}"#,
      #"config.json: limn does not run UNets with blocks of type "KDownBlock2D" yet."#
    ),
    (
      "unet-inpainting", #"{"mid_block_type": "UNetMidBlock2DSimpleCrossAttn"}"#,
      #"config.json: limn does not run UNets with blocks of type "UNetMidBlock2DSimpleCrossAttn" yet."#
    ),
    (
      "unet-inpainting", #"{"addition_embed_type": "text_image"}"#,
      #"config.json: limn does not run UNets with addition_embed_type "text_image" yet."#
    ),
    (
      "unet-inpainting", #"{"addition_embed_type": "text_time"}"#,
      "config.json is not a configuration that limn can read: `addition_time_embed_dim` is missing."
    ),
    (
      "unet-ssd-1b", #"{"reverse_transformer_layers_per_block": [[4, 4], [2, 1, 1], 1]}"#,
      "config.json: `transformer_layers_per_block` or `reverse_transformer_layers_per_block` does not say how many each layer has."
    ),
    (
      "unet-ssd-1b", #"{"transformer_layers_per_block": [1, [2, -2], [3, 3]]}"#,
      "config.json: `transformer_layers_per_block` has numbers out of range; expected 0 to 1024."
    ),
    (
      "unet-inpainting", #"{"downsample_padding": -3}"#,
      "config.json: limn does not run UNets with downsample_padding -3 yet."
    ),
    (
      "unet-inpainting", #"{"attention_head_dim": [1, 2, 3]}"#,
      "config.json is not a configuration that limn can read: `attention_head_dim`: expected one number, or one for each of 2 levels."
    ),
    (
      "unet-inpainting", #"{"in_channels": "nine"}"#,
      "config.json is not a configuration that limn can read: `in_channels` has a value of the wrong kind."
    ),
    ("unet-inpainting", #"{"attention_head_dim": 3}"#, "8 channels cannot be shared among 3 attention heads."),
    (
      "unet-inpainting", #"{"norm_num_groups": 3}"#,
      "config.json: `norm_num_groups` is 3, which does not divide 8 channels."
    ),
    (
      "unet-inpainting", #"{"out_channels": 0}"#,
      "config.json: `out_channels` is 0; expected a number from 1 to 16777216."
    ),
    (
      "unet-inpainting", #"{"block_out_channels": [8, 8, 8]}"#,
      "config.json: `block_out_channels`, `down_block_types` and `up_block_types` have 3, 2 and 2 entries; expected equally many."
    ),
    (
      "unet-inpainting", #"{"block_out_channels": []}"#,
      "config.json: there are 0 levels of channels; expected 1 to 16."
    ),
    (
      "unet-inpainting", #"{"in_channels": 4}"#,
      "memory: `conv_in.weight` is [8, 9, 3, 3]; expected [8, 4, 3, 3]."
    ),
    (
      "autoencoder", #"{"down_block_types": ["AttnDownEncoderBlock2D"]}"#,
      #"config.json: limn does not run autoencoders with blocks of type "AttnDownEncoderBlock2D" yet."#
    ),
    (
      "autoencoder", #"{"in_channels": 4}"#,
      "config.json: `in_channels` 4 and `out_channels` 3 do not make pictures of three channels in patches of 1."
    ),
    ("autoencoder", #"{"scaling_factor": 0}"#, "config.json: `scaling_factor` is 0.0, `shift_factor` 0.0."),
    (
      "tiny-autoencoder", #"{"num_encoder_blocks": [1, 2]}"#,
      "config.json: the numbers of blocks and of their channels do not agree."
    ),
    (
      "tiny-autoencoder", #"{"act_fn": "mish"}"#,
      #"config.json: limn does not run tiny autoencoders with act_fn "mish" yet."#
    ),
    ("clip-gelu", #"{"hidden_act": "swiglu"}"#, #"config.json: limn does not know the activation "swiglu"."#),
    ("clip-gelu", #"{"num_attention_heads": 5}"#, "config.json: `hidden_size` 24 is no multiple of 5 heads."),
    (
      "clip-gelu", #"{"num_hidden_layers": 3}"#,
      "memory: `text_model.encoder.layers.2.layer_norm1.weight` is missing; expected a tensor of shape [24]."
    ),
    (
      "pixart-patches", #"{"activation_fn": "relu"}"#,
      #"limn does not know the feed-forward activation "relu"."#
    ),
    (
      "pixart-patches", #"{"norm_type": "layer_norm"}"#,
      #"config.json: limn does not run diffusion transformers with norm_type "layer_norm" yet."#
    ),
    (
      "pixart-patches", #"{"attention_head_dim": 7, "cross_attention_dim": 21}"#,
      "config.json: the width 21 is no multiple of four, as the position embedding needs."
    ),
    (
      "flux2", #"{"guidance_embeds": true}"#,
      "config.json: limn runs FLUX.2 klein, not models that embed the guidance, as FLUX.2 dev does."
    ),
    (
      "flux2", #"{"axes_dims_rope": [8, 4, 4, 4]}"#,
      "config.json: `axes_dims_rope` [8, 4, 4, 4] with `rope_theta` 2000.0 does not turn heads of 16 channels on four axes."
    ),
    ("flux2-autoencoder", #"{"patch_size": [1, 1]}"#, "config.json: `patch_size` is [1,1]; limn runs [2,2]."),
    (
      "flux2-autoencoder", #"{"decoder_block_out_channels": [8]}"#,
      "config.json: `decoder_block_out_channels` names 1 levels, `block_out_channels` 3."
    ),
    (
      "z-image", #"{"siglip_feat_dim": 8}"#,
      "config.json: limn does not run Z-Image transformers with siglip_feat_dim (Z-Image-Omni) yet."
    ),
    (
      "pixart-patches", #"{"interpolation_scale": 0}"#,
      "config.json: `sample_size` 8, `patch_size` 2 and `interpolation_scale` 0.0 make no grid."
    ),
  ]

  @Test(arguments: sentences) func says(network: String, changes: String, sentence expected: String) throws {
    let (fixture, json) = try NetworkFixture.named(network)
    let changed = json.merging(try #require(try JSONValue(parsing: Array(changes.utf8)).object))
    #expect(sentence { try build(network, changed, fixture.checkpoint, fixture) } == expected)
  }

  /// Each tensor left out, and each with one more axis, is named with what was expected of it.
  @Test(arguments: names) func everyTensorIsChecked(name: String) throws {
    let (fixture, json) = try NetworkFixture.named(name)
    let checkpoint = fixture.checkpoint
    for tensor in checkpoint.names {
      let shape = try #require(checkpoint.stored(tensor)).shape
      let without = sentence { try build(name, json, checkpoint.replacing(tensor, by: nil), fixture) }
      // A tiny autoencoder may come without its encoder, which shows at the first tensor.
      if tensor == "encoder.layers.0.weight", name == "tiny-autoencoder" {
        #expect(without?.contains("The autoencoder has no encoder") == true)
      } else {
        #expect(without == "memory: `\(tensor)` is missing; expected a tensor of shape \(shape).")
      }
      let other = StoredTensor(Tensor(shape: shape + [1]))
      let reshaped = sentence { try build(name, json, checkpoint.replacing(tensor, by: other), fixture) }
      #expect(reshaped == "memory: `\(tensor)` is \(shape + [1]); expected \(shape).")
    }
  }
}

extension JSONValue {
  /// The object with these members in place of its own.
  fileprivate func merging(_ members: [String: JSONValue]) -> JSONValue {
    .object((object ?? [:]).merging(members) { $1 })
  }
}
