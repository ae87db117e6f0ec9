import Tensors

/// The shape of a compact upscaler, by the names of its published class.
package struct SRVGGNetCompactConfiguration: NetworkConfiguration {
  let numFeat: Int
  let numConv: Int
  /// How many times larger the picture becomes, along each side.
  package let upscale: Int
  private let actType: String

  private enum CodingKeys: CodingKey {
    case numFeat, numConv, upscale, actType
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    numFeat = try values.decodeIfPresent(Int.self, forKey: .numFeat) ?? 64
    numConv = try values.decodeIfPresent(Int.self, forKey: .numConv) ?? 16
    upscale = try values.decodeIfPresent(Int.self, forKey: .upscale) ?? 4
    actType = try values.decodeIfPresent(String.self, forKey: .actType) ?? "prelu"
  }

  /// No pixel sees further than one pixel a convolution.
  var margin: Int { numConv + 2 }
  /// A map and the next, the pixels that come out, and those repeated.
  var bytesPerPixel: Int { 4 * (3 * numFeat + 3 * 3 * upscale * upscale) }

  package func validate() throws {
    try requirePositive(["num_feat": numFeat, "upscale": upscale])
    guard (0...64).contains(numConv) else {
      throw NetworkError.configuration("`num_conv` is \(numConv); expected 0 to 64.")
    }
    guard (2...8).contains(upscale) else {
      throw NetworkError.configuration("`upscale` is \(upscale); expected 2 to 8.")
    }
    guard actType == "prelu" else {
      throw NetworkError.configuration("limn does not run upscalers with act_type \"\(actType)\" yet; it runs prelu.")
    }
  }
}

/// A small network that enlarges pictures (Wang et al. 2021, Real-ESRGAN's `SRVGGNetCompact`): convolutions at the small
/// picture's size, added to the picture with its pixels repeated.
package struct SRVGGNetCompact: Upscaler {
  package let scale: Int
  package let unit = 1
  package let margin: Int
  private let convolutions: [Convolution]
  /// One slope a channel, behind every convolution but the last.
  private let slopes: [Tensor]

  /// Edge of the squares in which a picture is enlarged, in pixels: their maps then fit into memory whatever the picture's size.
  private static let tileEdge = 256

  package init(_ configuration: SRVGGNetCompactConfiguration, _ weights: Weights) throws {
    let (features, inner) = (configuration.numFeat, configuration.numConv)
    let body = weights["body"]
    scale = configuration.upscale
    margin = configuration.margin
    convolutions = try (0..<inner + 2).map { place in
      try Convolution(
        place == 0 ? 3 : features, place == inner + 1 ? 3 * configuration.upscale * configuration.upscale : features,
        body[2 * place])
    }
    slopes = try (0...inner).map { place in
      try body[2 * place + 1].tensor("weight", shape: [features]).widened()
    }
  }

  /// - Parameter picture: `[1, height, width, 3]`, values 0 to 1.
  /// - Returns: `[1, scale * height, scale * width, 3]`, values around 0 to 1.
  package func callAsFunction(_ picture: Tensor) -> Tensor {
    picture.inTiles(edge: Self.tileEdge, margin: margin, growingBy: scale, enlarged)
  }

  package func enlarged(_ picture: Tensor) -> Tensor {
    var x = picture
    for (convolution, slopes) in zip(convolutions, slopes) { x = convolution(x).prelu(slopes: slopes) }
    x = convolutions[convolutions.count - 1](x).pixelShuffled(by: scale)
    return x.adding(picture.enlargedNearest(height: scale * picture.shape[1], width: scale * picture.shape[2]))
  }
}
