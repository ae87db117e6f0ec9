import Tensors

/// The shape of an ESRGAN network, by the names of Real-ESRGAN's class.
package struct RRDBNetConfiguration: NetworkConfiguration {
  let numFeat: Int
  let numGrowCh: Int
  let numBlock: Int
  /// How many times larger the picture becomes, along each side.
  let scale: Int
  /// How often the map is doubled at the end.
  let numUp: Int

  /// Pixels along each side that enter as channels of one: networks that enlarge less than they double.
  var unshuffle: Int { (1 << numUp) / scale }
  /// What a pixel sees reaches hundreds of pixels, but hardly weighs from here on: measured of Real-ESRGAN's networks, whose 6 and 23
  /// blocks want 40 and 80 for tiles that differ from the whole by 1 of 255 at most.
  var margin: Int { (Int(16.5 * Double(numBlock).squareRoot()) + 3) / 4 * 4 * unshuffle }
  /// Maps of a dense block, and the pixels that come out.
  var bytesPerPixel: Int {
    4 * (2 * (numFeat + 4 * numGrowCh) + 4 * numFeat) / (unshuffle * unshuffle) + 4 * 6 * scale * scale
  }

  private enum CodingKeys: CodingKey {
    case numFeat, numGrowCh, numBlock, scale, numUp
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    numFeat = try values.decodeIfPresent(Int.self, forKey: .numFeat) ?? 64
    numGrowCh = try values.decodeIfPresent(Int.self, forKey: .numGrowCh) ?? 32
    numBlock = try values.decodeIfPresent(Int.self, forKey: .numBlock) ?? 23
    scale = try values.decodeIfPresent(Int.self, forKey: .scale) ?? 4
    numUp = try values.decodeIfPresent(Int.self, forKey: .numUp) ?? 2
  }

  package func validate() throws {
    try requirePositive(["num_feat": numFeat, "num_grow_ch": numGrowCh])
    guard (1...64).contains(numBlock) else {
      throw NetworkError.configuration("`num_block` is \(numBlock); expected 1 to 64.")
    }
    guard (0...3).contains(numUp), [1, 2, 4, 8].contains(scale), scale <= 1 << numUp else {
      throw NetworkError.configuration("`scale` is \(scale) with \(numUp) doublings; expected 1, 2, 4 or 8.")
    }
  }
}

/// The network of ESRGAN and Real-ESRGAN (Wang et al. 2018, 2021): residual blocks of densely connected convolutions at the small
/// picture's size, then doublings.
package struct RRDBNet: Upscaler {
  package let scale: Int
  package let unit: Int
  package let margin: Int
  private let first: Convolution
  private let blocks: [ResidualBlock]
  private let last: Convolution
  private let doublings: [Convolution]
  private let fine: Convolution
  private let colours: Convolution

  /// Rows around a strip that its last layers see, at most.
  private static let stripMargin = 3
  /// Pixels of a strip.
  private static let stripPixels = 8192

  package init(_ configuration: RRDBNetConfiguration, _ weights: Weights) throws {
    let features = configuration.numFeat
    let unshuffle = configuration.unshuffle
    (scale, unit) = (configuration.scale, unshuffle)
    margin = configuration.margin
    first = try Convolution(3 * unshuffle * unshuffle, features, weights["conv_first"])
    blocks = try (0..<configuration.numBlock).map { index in
      try ResidualBlock(features, growing: configuration.numGrowCh, weights["body"][index])
    }
    last = try Convolution(features, features, weights["conv_body"])
    doublings = try (0..<configuration.numUp).map { index in
      try Convolution(features, features, weights["conv_up\(index + 1)"])
    }
    fine = try Convolution(features, features, weights["conv_hr"])
    colours = try Convolution(features, 3, weights["conv_last"])
  }

  package func enlarged(_ picture: Tensor) -> Tensor {
    let start = first(unit == 1 ? picture : picture.pixelUnshuffled(by: unit))
    let map = last(blocks.reduce(start) { $1($0) }, Epilogue(residual: start))
    // The last layers see few rows, and their maps are many times as large: strip by strip, to the last bit the same.
    let rows = map.shape[1]
    let length = max(1, Self.stripPixels / map.shape[2])
    let strips = stride(from: 0, to: rows, by: length).map { top in
      let above = min(top, Self.stripMargin)
      let bottom = min(rows, top + length)
      let strip = enlargedStrip(map.rows(top - above..<min(rows, bottom + Self.stripMargin)))
      let factor = 1 << doublings.count
      return strip.rows(above * factor..<(above + bottom - top) * factor)
    }
    return .concatenatedRows(strips)
  }

  private func enlargedStrip(_ map: Tensor) -> Tensor {
    let leaky = Epilogue(activation: .leakyReLU)
    let large = doublings.reduce(map) { $1($0, after: Prologue(doubles: true), leaky) }
    return colours(fine(large, leaky))
  }

  /// Three dense blocks, a fifth of what they change added to what enters.
  private struct ResidualBlock: Sendable {
    let dense: [DenseBlock]

    init(_ features: Int, growing growth: Int, _ weights: Weights) throws {
      dense = try (1...3).map { try DenseBlock(features, growing: growth, weights["rdb\($0)"]) }
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
      dense.reduce(x) { $1($0) }.scaled(by: 0.2, adding: x)
    }
  }

  /// Five convolutions, each of which sees what all before it made.
  private struct DenseBlock: Sendable {
    let growing: [Convolution]
    let last: Convolution
    let fifth: Tensor

    init(_ features: Int, growing growth: Int, _ weights: Weights) throws {
      growing = try (0..<4).map { try Convolution(features + $0 * growth, growth, weights["conv\($0 + 1)"]) }
      last = try Convolution(features + 4 * growth, features, weights["conv5"])
      fifth = Tensor(shape: [features], filledWith: 0.2)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
      let all = growing.reduce(x) { $0.concatenatedChannels($1($0, Epilogue(activation: .leakyReLU))) }
      return last(all, Epilogue(scale: fifth, residual: x))
    }
  }
}

extension Tensor {
  /// Rows of one picture's map, `[1, rows, width, channels]`.
  fileprivate func rows(_ range: Range<Int>) -> Tensor {
    reshaped(Array(shape.dropFirst())).slice(range).reshaped([1, range.count, shape[2], shape[3]])
  }

  fileprivate static func concatenatedRows(_ strips: [Tensor]) -> Tensor {
    let joined = concatenated(strips.map { $0.reshaped(Array($0.shape.dropFirst())) })
    return joined.reshaped([1] + joined.shape)
  }
}
