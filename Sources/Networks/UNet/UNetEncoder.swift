import System
import Tensors

/// A UNet's way in, from the latents to its middle, with what it makes of the timestep. A ControlNet is a copy of it.
struct UNetEncoder: Sendable {
  private let configuration: UNetConfiguration
  private let timeEmbedding: TimestepEmbedding
  private let addEmbedding: TimestepEmbedding?
  let convIn: Convolution
  private let downBlocks: [DownBlock]
  private let middleBlock: MiddleBlock?

  init(_ builder: inout UNetBuilder, _ weights: Weights) throws {
    let configuration = builder.configuration
    let widths = configuration.blockOutChannels
    let timeChannels = builder.timeChannels
    self.configuration = configuration
    timeEmbedding = try TimestepEmbedding(
      widths[0], timeChannels, conditionChannels: configuration.timeCondProjDim, weights["time_embedding"].unquantised)
    addEmbedding = try configuration.addedEmbedding.map {
      try TimestepEmbedding($0.inputs, timeChannels, weights["add_embedding"].unquantised)
    }
    convIn = try Convolution(configuration.inChannels, widths[0], weights["conv_in"])
    downBlocks = try widths.indices.map { try DownBlock(level: $0, &builder, weights["down_blocks"][$0]) }
    middleBlock = try configuration.midBlockType.map { _ in try MiddleBlock(&builder, weights["mid_block"]) }
  }

  /// The levels and the middle.
  ///
  /// - Parameters:
  ///   - input: What the first convolution made.
  ///   - features: See ``UNetAdditions/features``.
  /// - Returns: What the middle makes, and what each layer leaves for the way out, `input` first.
  func descend(
    _ input: Tensor, time: Tensor, context: TextContext, adding features: [Tensor] = []
  ) -> (Tensor, skips: [Tensor]) {
    var x = input
    var skips = [x]
    for (level, block) in downBlocks.enumerated() {
      let feature = features.indices.contains(level) ? features[level] : nil
      x = block(x, time: time, context: context, skips: &skips, adding: feature)
    }
    guard let middleBlock else { return (x, skips) }
    x = middleBlock(x, time: time, context: context)
    if features.count > downBlocks.count, features[downBlocks.count].shape == x.shape {
      x = x.adding(features[downBlocks.count])
    }
    return (x, skips)
  }

  /// `[1, timeChannels]` for the whole batch, or `[batch, timeChannels]` where pictures have conditions of their own.
  func time(_ timestep: Float, guidance: Float, context: TextContext) -> Tensor {
    let sinusoid = sinusoids([timestep], width: configuration.blockOutChannels[0])
    let condition = configuration.timeCondProjDim.map { UNetEncoder.guidanceEmbedding(of: guidance, width: $0) }
    let time = timeEmbedding(sinusoid, guidance: condition)  // [1, timeChannels]
    guard let addEmbedding, let numberWidth = configuration.addedEmbedding?.numberWidth else { return time }
    let added = context.embeddedConditions { added in
      let numbers = sinusoids(added.timeIDs.flatMap { $0 }, width: numberWidth)  // [batch * numbers, numberWidth]
      let rows = numbers.reshaped([added.timeIDs.count, added.timeIDs[0].count * numberWidth])
      return addEmbedding(added.pooled.concatenatedChannels(rows))  // [batch, timeChannels]
    }
    guard let added else { preconditionFailure("UNet: a context without the conditions that this network needs") }
    return Tensor.concatenated(Array(repeating: time, count: added.shape[0])) + added
  }

  /// `[numbers, width]`
  func sinusoids(_ numbers: [Float], width: Int) -> Tensor {
    Tensor.sinusoidalEmbedding(
      of: numbers, width: width, cosinesFirst: configuration.flipSinToCos, frequencyShift: configuration.freqShift)
  }

  /// The guidance scale as latent consistency models see it, `[1, width]` (diffusers' `get_guidance_scale_embedding`).
  ///
  /// In float32 and in diffusers' order: with angles of thousands each rounding of a frequency shows.
  private static func guidanceEmbedding(of scale: Float, width: Int) -> Tensor {
    let half = width / 2
    let step = log(Float(10_000)) / Float(half - 1)
    let angles = (0..<half).map { (scale - 1) * 1000 * exp(Float($0) * -step) }
    let padding = [Float](repeating: 0, count: width % 2)
    return Tensor(shape: [1, width], values: angles.map { sin($0) } + angles.map { cos($0) } + padding)
  }
}
