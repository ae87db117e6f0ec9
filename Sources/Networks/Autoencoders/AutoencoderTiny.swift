import System
import Tensors

/// The shape of a small distilled autoencoder (diffusers' `AutoencoderTiny`).
///
/// `patch_size` is limn's own: FLUX.2's tiny autoencoder (TAEF2) works on latents that the denoiser has laid together by fours.
package struct AutoencoderTinyConfiguration: NetworkConfiguration {
  /// Of the network itself.
  let networkChannels: Int
  /// Edge of the squares of the network's latents that are one latent of the denoiser.
  let patchEdge: Int
  let encoderBlockOutChannels: [Int]
  let decoderBlockOutChannels: [Int]
  let numEncoderBlocks: [Int]
  let numDecoderBlocks: [Int]
  let scalingFactor: Float
  let shiftFactor: Float
  private let actFn: String

  private enum CodingKeys: CodingKey {
    case latentChannels, encoderBlockOutChannels, decoderBlockOutChannels, numEncoderBlocks, numDecoderBlocks
    case scalingFactor, shiftFactor, actFn, patchSize
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys, default standard: Value) throws -> Value {
      try values.decodeIfPresent(Value.self, forKey: key) ?? standard
    }
    networkChannels = try value(.latentChannels, default: 4)
    patchEdge = try value(.patchSize, default: 1)
    encoderBlockOutChannels = try value(.encoderBlockOutChannels, default: [64, 64, 64, 64])
    decoderBlockOutChannels = try value(.decoderBlockOutChannels, default: [64, 64, 64, 64])
    numEncoderBlocks = try value(.numEncoderBlocks, default: [1, 3, 3, 3])
    numDecoderBlocks = try value(.numDecoderBlocks, default: [3, 3, 3, 1])
    scalingFactor = try value(.scalingFactor, default: 1)
    shiftFactor = try value(.shiftFactor, default: 0)
    actFn = try value(.actFn, default: "relu")
  }

  package func validate() throws {
    try requirePositive(["latent_channels": networkChannels, "patch_size": patchEdge])
    try requireLevels(numEncoderBlocks.count)
    for channels in encoderBlockOutChannels + decoderBlockOutChannels {
      try requirePositive(["block_out_channels": channels])
    }
    guard numEncoderBlocks.count == encoderBlockOutChannels.count,
      numDecoderBlocks.count == decoderBlockOutChannels.count, numEncoderBlocks.count == numDecoderBlocks.count,
      (numEncoderBlocks + numDecoderBlocks).allSatisfy({ (0...64).contains($0) })
    else { throw NetworkError.configuration("the numbers of blocks and of their channels do not agree.") }
    guard Set(encoderBlockOutChannels).count == 1, Set(decoderBlockOutChannels).count == 1 else {
      throw NetworkError.configuration("limn runs tiny autoencoders whose levels have equally many channels.")
    }
    guard patchEdge <= 16 else { throw NetworkError.configuration("`patch_size` is \(patchEdge).") }
    guard actFn == "relu" else {
      throw NetworkError.configuration("limn does not run tiny autoencoders with act_fn \"\(actFn)\" yet.")
    }
    guard scalingFactor.isFinite, scalingFactor != 0, shiftFactor.isFinite else {
      throw NetworkError.configuration("`scaling_factor` is \(scalingFactor), `shift_factor` \(shiftFactor).")
    }
  }

  package var latentChannels: Int { patchEdge * patchEdge * networkChannels }
  /// Pixels a latent, along each side.
  package var pixelsPerLatent: Int { patchEdge * networkPixelsPerLatent }
  var networkPixelsPerLatent: Int { 1 << (numEncoderBlocks.count - 1) }

  /// Memory for each latent while decoding, in bytes: a few maps of the outermost level.
  package var decodingBytesPerLatent: Int { 4 * decoderBlockOutChannels[0] * 4 * pixelsPerLatent * pixelsPerLatent }
}

/// A small autoencoder for the latents of a large one (Bohan 2023, TAESD; diffusers' `AutoencoderTiny`).
///
/// FLUX.2's (TAEF2) makes latents of mean 0 and deviation 1 itself: the large one's statistics are not needed.
package struct AutoencoderTiny: Autoencoder {
  private enum Layer: Sendable {
    case convolution(Convolution)
    case relu
    case block(TinyBlock)
    /// Of the map with every pixel doubled.
    case enlargingConvolution(Convolution)

    func callAsFunction(_ x: Tensor) -> Tensor {
      switch self {
      case .convolution(let convolution): convolution(x)
      case .relu: x.activated(.relu)
      case .block(let block): block(x)
      case .enlargingConvolution(let convolution): convolution(x, after: Prologue(doubles: true))
      }
    }
  }

  private let configuration: AutoencoderTinyConfiguration
  /// Nil where the checkpoint holds the decoder alone.
  private let encoder: [Layer]?
  private let decoder: [Layer]

  package init(_ configuration: AutoencoderTinyConfiguration, _ weights: Weights) throws {
    self.configuration = configuration
    let first = weights["encoder"]["layers"]
    encoder = try first[0].has("weight") ? AutoencoderTiny.encoder(configuration, first) : nil
    decoder = try AutoencoderTiny.decoder(configuration, weights["decoder"]["layers"])
  }

  package var latentChannels: Int { configuration.latentChannels }
  package var pixelsPerLatent: Int { configuration.pixelsPerLatent }

  package func encode(_ picture: Tensor, tileEdge: Int?, noise: ([Int]) -> Tensor) throws -> Tensor {
    guard let encoder else {
      throw UserError.request(
        "The autoencoder has no encoder, so that no picture can be looked at: put its encoder's file beside the decoder's, or name another by `vae`."
      )
    }
    let encoding = picture.tiled(edge: tileEdge, shrinkingBy: configuration.networkPixelsPerLatent) { tile in
      encoder.reduce((tile + 1) / 2) { $1($0) }
    }
    let patches = encoding.pixelUnshuffled(by: configuration.patchEdge)
    return (patches - configuration.shiftFactor) * configuration.scalingFactor
  }

  package func decode(_ latents: Tensor, tileEdge: Int?) -> Tensor {
    let (edge, growth) = (configuration.patchEdge, configuration.networkPixelsPerLatent)
    let encoding = (latents / configuration.scalingFactor + configuration.shiftFactor).pixelShuffled(by: edge)
    return encoding.tiled(edge: tileEdge.map { $0 * edge }, growingBy: growth) { tile in
      decoder.reduce(tile.map { tanh($0 / 3) * 3 }) { $1($0) }
    } * 2 - 1
  }

  private static func encoder(_ configuration: AutoencoderTinyConfiguration, _ weights: Weights) throws -> [Layer] {
    let channels = configuration.encoderBlockOutChannels[0]
    var layers: [Layer] = []
    for (level, blocks) in configuration.numEncoderBlocks.enumerated() {
      let place = weights[layers.count]
      layers.append(
        .convolution(
          level == 0
            ? try Convolution(3, channels, place)
            : try Convolution(channels, channels, stride: 2, bias: false, place)))
      for _ in 0..<blocks { layers.append(.block(try TinyBlock(channels, weights[layers.count]))) }
    }
    layers.append(.convolution(try Convolution(channels, configuration.networkChannels, weights[layers.count])))
    return layers
  }

  private static func decoder(_ configuration: AutoencoderTinyConfiguration, _ weights: Weights) throws -> [Layer] {
    let channels = configuration.decoderBlockOutChannels[0]
    var layers: [Layer] = [
      .convolution(try Convolution(configuration.networkChannels, channels, weights[0])), .relu,
    ]
    // Counted as diffusers counts, for whom enlarging is a layer of its own.
    var place = layers.count
    for (level, blocks) in configuration.numDecoderBlocks.enumerated() {
      for _ in 0..<blocks {
        layers.append(.block(try TinyBlock(channels, weights[place])))
        place += 1
      }
      if level == configuration.numDecoderBlocks.count - 1 {
        layers.append(.convolution(try Convolution(channels, 3, weights[place])))
      } else {
        layers.append(.enlargingConvolution(try Convolution(channels, channels, bias: false, weights[place + 1])))
        place += 2
      }
    }
    return layers
  }
}

/// Three convolutions beside a shortcut (diffusers' `AutoencoderTinyBlock`).
private struct TinyBlock: Sendable {
  private let first: Convolution
  private let second: Convolution
  private let third: Convolution
  private let pool: TinyPool?

  init(_ channels: Int, _ weights: Weights) throws {
    first = try Convolution(channels, channels, weights["conv"][0])
    second = try Convolution(channels, channels, weights["conv"][2])
    third = try Convolution(channels, channels, weights["conv"][4])
    pool = try weights["pool"][0].has("weight") ? TinyPool(channels, weights["pool"]) : nil
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    let x = pool.map { $0(input) } ?? input
    let h = second(first(x, Epilogue(activation: .relu)), Epilogue(activation: .relu))
    return third(h, Epilogue(residual: x)).activated(.relu)
  }
}

/// What brings the whole map to bear on each place, in the innermost blocks of TAEF2 (`use_midblock_gn` of madebyollin/taesd).
private struct TinyPool: Sendable {
  private let widening: Convolution
  private let norm: GroupNorm
  private let narrowing: Convolution

  init(_ channels: Int, _ weights: Weights) throws {
    widening = try Convolution(channels, 4 * channels, size: 1, bias: false, weights[0])
    norm = try GroupNorm(groups: 4, channels: 4 * channels, epsilon: 1e-5, weights[1])
    narrowing = try Convolution(4 * channels, channels, size: 1, bias: false, weights[3])
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    narrowing(norm(widening(x), .relu), Epilogue(residual: x))
  }
}
