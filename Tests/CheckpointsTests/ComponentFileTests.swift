import JSON
import Testing

@testable import Checkpoints

/// Networks that lie in files of their own.
@Suite struct ComponentFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func file(_ name: String, _ tensors: [(name: String, shape: [Int])]) throws -> String {
    try folder.write(name, SafetensorsWriter.counting(tensors).file())
  }

  private func block(_ layer: Int, _ prefix: String = "") -> [(name: String, shape: [Int])] {
    [0, 2, 4].flatMap { convolution in
      [
        ("\(prefix)\(layer).conv.\(convolution).weight", [2, 2, 3, 3]),
        ("\(prefix)\(layer).conv.\(convolution).bias", [2]),
      ]
    }
  }

  /// Two levels: clamp, convolution, ReLU, two blocks, enlarging, convolution, one block, convolution.
  private func decoder(_ prefix: String = "") -> [(name: String, shape: [Int])] {
    [("\(prefix)1.weight", [2, 4, 3, 3]), ("\(prefix)1.bias", [2])] + block(3, prefix) + block(4, prefix)
      + [("\(prefix)6.weight", [2, 2, 3, 3])] + block(7, prefix)
      + [("\(prefix)8.weight", [3, 2, 3, 3]), ("\(prefix)8.bias", [3])]
  }

  /// Convolution, one block, shrinking convolution, two blocks, convolution.
  private func encoder(_ prefix: String = "") -> [(name: String, shape: [Int])] {
    [("\(prefix)0.weight", [2, 3, 3, 3]), ("\(prefix)0.bias", [2])] + block(1, prefix)
      + [("\(prefix)2.weight", [2, 2, 3, 3])] + block(3, prefix) + block(4, prefix)
      + [("\(prefix)5.weight", [4, 2, 3, 3]), ("\(prefix)5.bias", [4])]
  }

  @Test func tinyAutoencodersUnderTheirAuthorsNames() throws {
    let path = try file("taesd_decoder.safetensors", decoder())
    let alone = try ComponentFile(autoencoder: path)
    #expect(alone.className == "AutoencoderTiny" && alone.configuration == nil)
    #expect(alone.source.shape("decoder.layers.0.weight") == [2, 4, 3, 3])
    #expect(alone.source.shape("decoder.layers.2.conv.0.weight") == [2, 2, 3, 3])
    #expect(alone.source.shape("decoder.layers.7.bias") == [3])
    #expect(!alone.source.names.contains { $0.hasPrefix("encoder.") })
    let settings = TinyAutoencoderKeys.configuration(of: alone.source)
    #expect(settings["latent_channels"] == 4 && settings["num_decoder_blocks"] == [2, 1])
    #expect(settings["decoder_block_out_channels"] == [2, 2] && settings["num_encoder_blocks"] == [2, 1])

    _ = try file("taesd_encoder.safetensors", encoder())
    let both = try ComponentFile(autoencoder: path)
    #expect(both.source.names.count == decoder().count + encoder().count)
    #expect(both.source.shape("encoder.layers.5.weight") == [4, 2, 3, 3])
    #expect(TinyAutoencoderKeys.configuration(of: both.source)["num_encoder_blocks"] == [1, 2])
    let said = sentence { _ = try ComponentFile(autoencoder: "\(folder.path)/taesd_encoder.safetensors") }
    #expect(said.hasSuffix("holds the encoder of a tiny autoencoder alone; name the file of its decoder."))

    // FLUX.2's: what its innermost blocks have besides is found, and says that latents come by fours.
    let pooled = try file("taef2_decoder.safetensors", decoder() + [("3.pool.0.weight", [8, 2, 1, 1])])
    let flux2 = TinyAutoencoderKeys.configuration(of: try ComponentFile(autoencoder: pooled).source)
    #expect(flux2["patch_size"] == 2 && settings["patch_size"] == nil)

    let joined = try file(
      "joined.safetensors", decoder("taesd_decoder.") + encoder("taesd_encoder.") + [("vae_scale", [1])])
    #expect(Set(try ComponentFile(autoencoder: joined).source.names) == Set(both.source.names))
  }

  @Test(arguments: ["", "first_stage_model.", "vae."]) func autoencodersUnderTheOriginalNames(_ prefix: String) throws {
    let tensors = [
      ("encoder.conv_in.weight", [2, 3, 3, 3]), ("encoder.down.0.block.0.conv1.weight", [2, 2, 3, 3]),
      ("decoder.conv_in.weight", [2, 4, 3, 3]), ("decoder.up.0.block.0.conv1.weight", [2, 2, 3, 3]),
      ("decoder.conv_out.weight", [3, 2, 3, 3]),
    ].map { (prefix + $0, $1) }
    let component = try ComponentFile(autoencoder: file("vae.safetensors", tensors + [("\(prefix)loss.logvar", [1])]))
    #expect(component.className == "AutoencoderKL")
    #expect(component.source.shape("decoder.up_blocks.0.resnets.0.conv1.weight") == [2, 2, 3, 3])
    let strange = try file("strange.safetensors", tensors + [("\(prefix)decoder.strange", [1])])
    #expect(
      sentence { _ = try ComponentFile(autoencoder: strange) }.contains("1 of its tensors: `\(prefix)decoder.strange`"))
    let none = try file("none.safetensors", [("a", [1])])
    #expect(sentence { _ = try ComponentFile(autoencoder: none) }.contains("holds no autoencoder"))
  }

  @Test func textEncodersUnderBothNames() throws {
    let transformers = try ComponentFile(
      textEncoder: file(
        "clip_l.safetensors",
        [
          ("text_model.embeddings.token_embedding.weight", [5, 8]), ("vision_model.x", [1]), ("logit_scale", [1]),
          ("text_projection.weight", [8, 8]),
        ]))
    #expect(transformers.textWidth == 8 && transformers.className == "CLIPTextModelWithProjection")
    let open = try ComponentFile(
      textEncoder: file(
        "clip_g.safetensors",
        [
          ("token_embedding.weight", [5, 8]), ("transformer.resblocks.0.ln_1.weight", [8]),
          ("text_projection", [8, 6]),
          ("visual.x", [1]),
        ]))
    #expect(open.source.shape("text_projection.weight") == [6, 8])
    #expect(open.source.shape("text_model.encoder.layers.0.layer_norm1.weight") == [8])
    let other = try file("t5.safetensors", [("shared.weight", [5, 8])])
    #expect(sentence { _ = try ComponentFile(textEncoder: other) }.contains("holds no text encoder that limn knows"))
  }

  /// An own configuration counts where it lies beside the weights.
  @Test func aFolderSaysItsSettings() throws {
    let tensors = [("decoder.layers.0.weight", [2, 4, 3, 3])]
    try folder.write("vae/diffusion_pytorch_model.safetensors", SafetensorsWriter.counting(tensors).file())
    try folder.write("vae/config.json", #"{"_class_name": "AutoencoderTiny", "scaling_factor": 2}"#)
    for path in [folder.path, "\(folder.path)/vae", "\(folder.path)/vae/diffusion_pytorch_model.safetensors"] {
      #expect(try ComponentFile(autoencoder: path).configuration?["scaling_factor"] == 2)
    }
  }
}
