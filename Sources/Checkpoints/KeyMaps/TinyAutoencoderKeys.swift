import JSON
import Tensors

/// Tiny autoencoders under their author's names, `1.weight` and `3.conv.0.weight`, one file a half.
///
/// Source: `taesd.py` of madebyollin/taesd, whose decoder counts the clamp of its input as a layer; diffusers'
/// `AutoencoderTiny` does not.
enum TinyAutoencoderKeys {
  /// Layers of the largest that is known, and some more.
  private static let mostLayers = 64

  /// ComfyUI and others write these before the names of the halves.
  static let prefixes = (encoder: "taesd_encoder.", decoder: "taesd_decoder.")

  /// - Parameters:
  ///   - prefix: Before the names in the file.
  ///   - half: `encoder` or `decoder`.
  static func map(_ half: String, prefix: String = "") -> KeyMap {
    var map = KeyMap()
    let offset = half == "decoder" ? 1 : 0
    for layer in 0..<mostLayers where layer >= offset {
      map.add("\(prefix)\(layer)", "\(half).layers.\(layer - offset)")
    }
    return map
  }

  /// Whether the names without a prefix are of a decoder, whose first layer has no weights, or of an encoder; nil for neither.
  static func half(of names: [String]) -> String? {
    let known = Set(names)
    guard known.contains("3.conv.0.weight") else { return nil }
    return known.contains("0.weight") ? "encoder" : known.contains("1.weight") ? "decoder" : nil
  }

  /// As diffusers' `config.json` (`AutoencoderTiny`), from shapes under its names.
  static func configuration(of source: RenamedSource) -> JSONValue {
    var settings: [String: JSONValue] = ["_class_name": "AutoencoderTiny", "act_fn": "relu"]
    settings["latent_channels"] = .integer(source.extent(1, "decoder.layers.0.weight"))
    // TAEF2: FLUX.2's denoiser takes its latents by fours.
    if source.shape("decoder.layers.2.pool.0.weight") != nil { settings["patch_size"] = 2 }
    for half in ["encoder", "decoder"] {
      let blocks = blocks(of: half, source)
      let width = source.extent(0, "\(half).layers.0.weight")
      settings["num_\(half)_blocks"] = .integers(blocks)
      settings["\(half)_block_out_channels"] = .integers(blocks.map { _ in width })
    }
    // Decoders alone say nothing of the other half.
    if source.shape("encoder.layers.0.weight") == nil {
      settings["num_encoder_blocks"] = settings["num_decoder_blocks"]
      settings["encoder_block_out_channels"] = settings["decoder_block_out_channels"]
    }
    return .object(settings)
  }

  /// How many blocks stand between the convolutions.
  private static func blocks(of half: String, _ source: RenamedSource) -> [Int] {
    var counts: [Int] = []
    var count = 0
    for layer in 1..<mostLayers {
      if source.shape("\(half).layers.\(layer).conv.0.weight") != nil {
        count += 1
      } else if source.shape("\(half).layers.\(layer).weight") != nil {
        counts.append(count)
        count = 0
      }
    }
    return counts
  }
}
