import Tensors

/// The denoiser of Stable Diffusion 1.x, 2.x (Rombach et al. 2022) and XL (Podell et al. 2023; diffusers'
/// `UNet2DConditionModel`).
package struct UNet: Denoiser {
  private let configuration: UNetConfiguration
  private let encoder: UNetEncoder
  private let upBlocks: [UpBlock]
  private let outNorm: GroupNorm
  private let convOut: Convolution

  package init(_ configuration: UNetConfiguration, _ weights: Weights) throws {
    var builder = UNetBuilder(configuration)
    let widths = configuration.blockOutChannels
    self.configuration = configuration
    encoder = try UNetEncoder(&builder, weights)
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
    self(
      latents, timestep: timestep, context: context, guidance: guidance, features: features,
      adding: UNetAdditions())
  }

  /// - Parameter additions: What ControlNets and T2I-Adapters add on the way in.
  package func callAsFunction(
    _ latents: Tensor, timestep: Float, context: TextContext, guidance: Float, features: DeepFeatures?,
    adding additions: UNetAdditions
  ) -> Tensor {
    // Each residual block starts with the activation.
    let time = encoder.time(timestep, guidance: guidance, context: context).activated(.silu)
    let input = encoder.convIn(latents)
    let deep: Tensor
    if let known = features?.features(batch: latents.shape[0]) {
      deep = known
    } else {
      deep = beforeLastLayer(input, time: time, context: context, additions)
      features?.keep(deep)
    }
    // The last layer on the way out reads what the first convolution left behind.
    let skip = additions.skips.first.map(input.adding) ?? input
    let x = upBlocks[upBlocks.count - 1].lastLayer(deep, skip: skip, time: time, context: context)
    return convOut(outNorm(x, .silu))
  }

  /// All but the layer next to the output.
  private func beforeLastLayer(
    _ input: Tensor, time: Tensor, context: TextContext, _ additions: UNetAdditions
  ) -> Tensor {
    var (x, skips) = encoder.descend(input, time: time, context: context, adding: additions.features)
    if let middle = additions.middle { x = x.adding(middle) }
    for (index, addition) in additions.skips.enumerated() { skips[index] = skips[index].adding(addition) }
    for block in upBlocks.dropLast() { x = block(x, time: time, context: context, skips: &skips) }
    return upBlocks[upBlocks.count - 1].beforeLastLayer(x, time: time, context: context, skips: &skips)
  }
}

/// What other networks add to a UNet's feature maps.
package struct UNetAdditions: Sendable {
  /// To what each layer leaves for the way out, that of the first convolution first; empty for nothing (ControlNet).
  package var skips: [Tensor]
  /// To what the middle makes.
  package var middle: Tensor?
  /// To what each level makes on the way in, outermost first, and the middle where one more is left (T2I-Adapter).
  package var features: [Tensor]

  package init(skips: [Tensor] = [], middle: Tensor? = nil, features: [Tensor] = []) {
    (self.skips, self.middle, self.features) = (skips, middle, features)
  }
}
