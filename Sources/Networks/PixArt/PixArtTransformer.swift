import KernelInterface
import System
import Tensors

/// A diffusion transformer with one time modulation for all blocks (Chen et al. 2023, PixArt-alpha; diffusers'
/// `PixArtTransformer2DModel`). The bundled model is one.
package struct PixArtTransformer: Denoiser {
  private let configuration: PixArtConfiguration
  private let patchEmbedding: ConvolutionOperator
  private let timeEmbedding: TimestepEmbedding
  private let timeModulation: Linear
  private let captionInput: Linear
  private let captionOutput: Linear
  private let blocks: [PixArtBlock]
  private let outTable: Tensor  // [2, width]
  private let outputProjection: Linear

  package init(_ configuration: PixArtConfiguration, _ weights: Weights) throws {
    let (width, patch) = (configuration.width, configuration.patchSize)
    self.configuration = configuration
    let projection = weights["pos_embed"]["proj"].unquantised
    patchEmbedding = ConvolutionOperator(
      weight: try projection.tensor("weight", shape: [width, configuration.inChannels, patch, patch]),
      bias: try projection.tensor("bias", shape: [width]), stride: patch, padding: Padding(0))
    let adaptive = weights["adaln_single"].unquantised
    timeEmbedding = try TimestepEmbedding(
      PixArtTransformer.timeChannels, width, adaptive["emb"]["timestep_embedder"])
    timeModulation = try Linear(width, 6 * width, adaptive["linear"])
    captionInput = try Linear(
      configuration.captionChannels, width, weights["caption_projection"]["linear_1"].unquantised)
    captionOutput = try Linear(width, width, weights["caption_projection"]["linear_2"].unquantised)
    blocks = try (0..<configuration.numLayers).map {
      try PixArtBlock(configuration, layer: $0, weights["transformer_blocks"][$0])
    }
    outTable = try weights.tensor("scale_shift_table", shape: [2, width]).widened()
    outputProjection = try Linear(width, patch * patch * configuration.outChannels, weights["proj_out"].unquantised)
  }

  private static let timeChannels = 256

  package var inputChannels: Int { configuration.inChannels }
  package var outputChannels: Int { configuration.outChannels }
  package var contextChannels: Int { configuration.captionChannels }
  package var embedsGuidance: Bool { false }

  /// All layers work at every step: `features` stay empty.
  package func callAsFunction(
    _ latents: Tensor, timestep: Float, context: TextContext, guidance: Float, features: DeepFeatures?
  ) -> Tensor {
    let (batch, patch) = (latents.shape[0], configuration.patchSize)
    let (height, width) = (latents.shape[1] / patch, latents.shape[2] / patch)
    let channels = configuration.width
    let sinusoid = Tensor.sinusoidalEmbedding(
      of: [timestep], width: PixArtTransformer.timeChannels, cosinesFirst: true, frequencyShift: 0)
    let time = timeEmbedding(sinusoid)  // [1, channels]
    let modulation = timeModulation(time.activated(.silu)).reshaped([6, channels])
    let caption = context.transformed { captionOutput(captionInput($0, Epilogue(activation: .geluTanh))) }

    let positions = positionEmbedding(height: height, width: width)
    var x = patchEmbedding(latents, Epilogue(residual: Tensor.concatenated(Array(repeating: positions, count: batch))))
      .reshaped([batch, height * width, channels])
    for block in blocks { x = block(x, modulation: modulation, caption: caption, context: context) }

    let table = outTable + Tensor.concatenated([time, time])
    x = x.layerNormalised(scale: table.slice(1..<2) + 1, shift: table.slice(0..<1), epsilon: 1e-6)
    return unpatched(outputProjection(x), batch: batch, height: height, width: width)
  }

  /// Sines and cosines of column and row, scaled to the grid that the model was trained on: `[1, height, width, channels]`
  /// (diffusers' `get_2d_sincos_pos_embed`; frequencies in double precision, as there).
  private func positionEmbedding(height: Int, width: Int) -> Tensor {
    let base = configuration.sampleSize / configuration.patchSize
    let quarter = configuration.width / 4
    func coordinate(_ index: Int, _ extent: Int) -> Double {
      Double(Float(index) / (Float(extent) / Float(base)) / configuration.interpolationScale)
    }
    var values: [Float] = []
    values.reserveCapacity(height * width * configuration.width)
    for row in 0..<height {
      for column in 0..<width {
        for place in [coordinate(column, width), coordinate(row, height)] {
          let angles = (0..<quarter).map { place / pow(10_000, Double($0) / Double(quarter)) }
          values += angles.map { Float(sin($0)) }
          values += angles.map { Float(cos($0)) }
        }
      }
    }
    return Tensor(shape: [1, height, width, configuration.width], values: values)
  }

  /// `[batch, tokens, patch * patch * channels]` to a feature map.
  private func unpatched(_ x: Tensor, batch: Int, height: Int, width: Int) -> Tensor {
    let (patch, channels) = (configuration.patchSize, configuration.outChannels)
    if patch == 1 { return x.reshaped([batch, height, width, channels]) }
    let source = x.values
    var values = [Float](repeating: 0, count: source.count)
    for line in 0..<batch * height * patch {
      for column in 0..<width * patch {
        let token = line / patch * width + column / patch
        let inside = line % patch * patch + column % patch
        for channel in 0..<channels {
          values[(line * width * patch + column) * channels + channel] =
            source[(token * patch * patch + inside) * channels + channel]
        }
      }
    }
    return Tensor(shape: [batch, height * patch, width * patch, channels], values: values)
  }
}

/// Attention among the tokens, to the prompt, then a feed-forward part; the first and last scaled and gated by the time.
private struct PixArtBlock: Sendable {
  private let layer: Int
  private let epsilon: Float
  private let table: Tensor  // [6, width]
  private let selfAttention: Attention
  private let crossAttention: Attention
  private let feedForward: FeedForward

  init(_ configuration: PixArtConfiguration, layer: Int, _ weights: Weights) throws {
    let (width, heads) = (configuration.width, configuration.numAttentionHeads)
    self.layer = layer
    epsilon = configuration.normEps
    table = try weights.tensor("scale_shift_table", shape: [6, width]).widened()
    selfAttention = try Attention(
      channels: width, heads: heads, bias: configuration.attentionBias, weights["attn1"])
    crossAttention = try Attention(
      channels: width, heads: heads, bias: configuration.attentionBias, weights["attn2"])
    feedForward = try FeedForward(width, activation: configuration.activationFn, weights["ff"])
  }

  func callAsFunction(_ input: Tensor, modulation: Tensor, caption: Tensor, context: TextContext) -> Tensor {
    let parts = table + modulation
    func part(_ index: Int) -> Tensor { parts.slice(index..<index + 1) }
    let (shift, scale, gate) = (part(0), part(1) + 1, part(2))
    let (innerShift, innerScale, innerGate) = (part(3), part(4) + 1, part(5))

    let normed = input.layerNormalised(scale: scale, shift: shift, epsilon: epsilon)
    var x = selfAttention(normed, Epilogue(scale: gate, residual: input))
    let known = context.keysAndValues(layer: layer) { _ in crossAttention.keysAndValues(of: caption) }
    x = crossAttention.attend(x, to: known, Epilogue(residual: x))
    let inner = x.layerNormalised(scale: innerScale, shift: innerShift, epsilon: epsilon)
    return feedForward(inner, Epilogue(scale: innerGate, residual: x))
  }
}
