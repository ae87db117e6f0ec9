import JSON

/// The shape of a ControlNet (diffusers' `ControlNetModel` and `ControlNetUnionModel`): a UNet's way in, and what brings a picture
/// into it.
package struct ControlNetConfiguration: Sendable {
  package let encoder: UNetConfiguration
  /// Channels of the picture: 3 as a rule.
  let pictureChannels: Int
  /// Of the convolutions that bring the picture to the latents' size; each but the first halves it.
  let pictureWidths: [Int]
  /// Whether the picture's channels are blue, green, red.
  let isBGR: Bool
  /// Whether the network tells what is in a picture, not where (`global_pool_conditions`).
  package let poolsGlobally: Bool
  /// Of networks that know several kinds of pictures; nil for those of one kind.
  package let union: Union?

  package struct Union: Sendable {
    /// Kinds of pictures that it knows.
    package let kinds: Int
    /// Of the attention among pictures and latents.
    let heads: Int
    let layers: Int
    /// Of the sinusoidal embedding that says of each kind whether it is there.
    let kindWidth: Int
  }

  /// - Parameters:
  ///   - json: What a `config.json` says.
  ///   - origin: The file, for messages.
  /// - Throws: ``NetworkError/configuration(_:)``
  package init(_ json: JSONValue, origin: String) throws {
    guard var settings = json.object else { throw NetworkError.configuration("\(origin) is not a JSON object.") }
    func number(_ key: String, _ standard: Int) throws -> Int {
      guard let value = settings[key], value != .null else { return standard }
      guard let number = value.integer, (1...1 << 16).contains(number) else {
        throw NetworkError.configuration("\(origin): `\(key)` is not a number from 1 to \(1 << 16).")
      }
      return number
    }
    let isUnion = settings["_class_name"]?.string == "ControlNetUnionModel"
    let standard = isUnion ? [48, 96, 192, 384] : [16, 32, 96, 256]
    let widths = settings["conditioning_embedding_out_channels"]?.array?.map { $0.integer ?? 0 } ?? standard
    guard (1...8).contains(widths.count), widths.allSatisfy((1...1 << 16).contains) else {
      throw NetworkError.configuration("\(origin): `conditioning_embedding_out_channels` are not 1 to 8 widths.")
    }
    pictureWidths = widths
    pictureChannels = try number("conditioning_channels", 3)
    guard pictureChannels == 3 else {
      throw NetworkError.configuration("\(origin): `conditioning_channels` is \(pictureChannels); pictures have 3.")
    }
    isBGR = settings["controlnet_conditioning_channel_order"]?.string == "bgr"
    poolsGlobally = settings["global_pool_conditions"]?.bool ?? false
    if isUnion {
      let channels = settings["block_out_channels"]?[0]?.integer ?? 320
      guard try number("num_trans_channel", 320) == channels, try number("num_proj_channel", 320) == channels else {
        throw NetworkError.configuration(
          "\(origin): `num_trans_channel` and `num_proj_channel` are not the \(channels) of `block_out_channels`.")
      }
      union = Union(
        kinds: try number("num_control_type", 6), heads: try number("num_trans_head", 8),
        layers: try number("num_trans_layer", 1), kindWidth: try number("addition_time_embed_dim", 256))
    } else {
      union = nil
    }
    // A ControlNet has no way out; the one of the UNet that it was copied from would be this.
    let levels = settings["down_block_types"]?.array?.map { $0.string ?? "" }
    settings["up_block_types"] = levels.map { levels in
      .array(levels.reversed().map { $0 == "DownBlock2D" ? "UpBlock2D" : "CrossAttnUpBlock2D" })
    }
    settings["reverse_transformer_layers_per_block"] = nil
    encoder = try UNetConfiguration(.object(settings), origin: origin)
  }

  /// Pixels of the picture a latent, along each side.
  package var pixelsPerLatent: Int { 1 << (pictureWidths.count - 1) }
}

extension UNetConfiguration {
  /// What tells that a network which adds to a UNet's way in was made for another one: "text of width 768, not 2048"; nil where it fits.
  package func misfit(_ other: UNetConfiguration) -> String? {
    if other.crossAttentionDim != crossAttentionDim {
      return "reads text of width \(other.crossAttentionDim), not \(crossAttentionDim)"
    }
    if other.blockOutChannels != blockOutChannels || other.layersPerBlock != layersPerBlock {
      return
        "has levels of \(other.blockOutChannels) channels in \(other.layersPerBlock) layers, not of \(blockOutChannels) in \(layersPerBlock)"
    }
    if other.addedEmbedding?.inputs != addedEmbedding?.inputs {
      return "is told \(other.addedEmbedding?.inputs ?? 0) numbers beside the text, not \(addedEmbedding?.inputs ?? 0)"
    }
    return nil
  }

  /// The channels of each level, outermost first.
  package var levelChannels: [Int] { blockOutChannels }

  /// What the layers on the way in leave for the way out, in bytes.
  package func skipBytes(latentHeight: Int, latentWidth: Int, batch: Int) -> Int {
    let places = latentHeight * latentWidth
    var values = places * blockOutChannels[0]
    for (level, channels) in blockOutChannels.enumerated() {
      values += (places >> (2 * level)) * channels * layersPerBlock[level]
      if level + 1 < blockOutChannels.count { values += (places >> (2 * level + 2)) * channels }
    }
    return values * MemoryLayout<Float>.stride * batch
  }
}
