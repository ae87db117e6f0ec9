import System
import Tensors

/// The denoiser of Stable Diffusion 1.x, 2.x (Rombach et al. 2022) and XL (Podell et al. 2023; diffusers'
/// `UNet2DConditionModel`).
package struct UNet: Denoiser {
  private let configuration: UNetConfiguration
  private let timeEmbedding: TimestepEmbedding
  private let addEmbedding: TimestepEmbedding?
  private let convIn: Convolution
  private let downBlocks: [DownBlock]
  private let middleBlock: MiddleBlock?
  private let upBlocks: [UpBlock]
  private let outNorm: GroupNorm
  private let convOut: Convolution

  package init(_ configuration: UNetConfiguration, _ weights: Weights) throws {
    var builder = UNetBuilder(configuration)
    let widths = configuration.blockOutChannels
    self.configuration = configuration
    timeEmbedding = try TimestepEmbedding(
      widths[0], builder.timeChannels, conditionChannels: configuration.timeCondProjDim,
      weights["time_embedding"].unquantised)
    addEmbedding = try configuration.addedEmbedding.map {
      try TimestepEmbedding($0.inputs, builder.timeChannels, weights["add_embedding"].unquantised)
    }
    convIn = try Convolution(configuration.inChannels, widths[0], weights["conv_in"])
    downBlocks = try widths.indices.map { try DownBlock(level: $0, &builder, weights["down_blocks"][$0]) }
    middleBlock = try configuration.midBlockType.map { _ in try MiddleBlock(&builder, weights["mid_block"]) }
    upBlocks = try widths.indices.map { try UpBlock(step: $0, &builder, weights["up_blocks"][$0]) }
    outNorm = try GroupNorm(
      groups: configuration.normNumGroups, channels: widths[0], epsilon: configuration.normEps,
      weights["conv_norm_out"])
    convOut = try Convolution(widths[0], configuration.outChannels, weights["conv_out"])
  }

  package var inputChannels: Int { configuration.inChannels }
  package var outputChannels: Int { configuration.outChannels }
  package var contextChannels: Int { configuration.crossAttentionDim }
  package var embedsGuidance: Bool { configuration.timeCondProjDim != nil }

  package var reusesFeatures: Bool { true }

  package func callAsFunction(
    _ latents: Tensor, timestep: Float, context: TextContext, guidance: Float, features: DeepFeatures?
  ) -> Tensor {
    // Each residual block starts with the activation.
    let time = embedding(of: timestep, guidance: guidance, context: context).activated(.silu)
    let input = convIn(latents)
    let deep: Tensor
    if let known = features?.features(batch: latents.shape[0]) {
      deep = known
    } else {
      deep = beforeLastLayer(input, time: time, context: context)
      features?.keep(deep)
    }
    // The last layer on the way out reads what the first convolution left behind.
    let x = upBlocks[upBlocks.count - 1].lastLayer(deep, skip: input, time: time, context: context)
    return convOut(outNorm(x, .silu))
  }

  /// All but the layer next to the output.
  private func beforeLastLayer(_ input: Tensor, time: Tensor, context: TextContext) -> Tensor {
    var x = input
    var skips = [x]
    for block in downBlocks { x = block(x, time: time, context: context, skips: &skips) }
    if let middleBlock { x = middleBlock(x, time: time, context: context) }
    for block in upBlocks.dropLast() { x = block(x, time: time, context: context, skips: &skips) }
    return upBlocks[upBlocks.count - 1].beforeLastLayer(x, time: time, context: context, skips: &skips)
  }

  /// `[1, timeChannels]` for the whole batch, or `[batch, timeChannels]` where pictures have conditions of their own.
  private func embedding(of timestep: Float, guidance: Float, context: TextContext) -> Tensor {
    let sinusoid = sinusoids([timestep], width: configuration.blockOutChannels[0])
    let condition = configuration.timeCondProjDim.map { UNet.guidanceEmbedding(of: guidance, width: $0) }
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

  private func sinusoids(_ numbers: [Float], width: Int) -> Tensor {
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
