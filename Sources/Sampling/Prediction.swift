import Tensors

/// What the network was trained to predict (diffusers' `prediction_type`).
package enum PredictionType: String, Sendable, CaseIterable {
  /// The noise in the latents.
  case epsilon
  /// The clean latents.
  case sample
  /// The mixture of both of Salimans and Ho 2022.
  case velocity = "v_prediction"
  /// The straight way from noise to picture (rectified flow).
  case flow = "flow_prediction"
}

extension PredictionType {
  /// The clean latents, where the latents are `sqrt(alphaProduct) * clean + sqrt(1 - alphaProduct) * noise`.
  func clean(_ output: Tensor, _ latents: Tensor, alphaProduct: Float) -> Tensor {
    let (signal, noise) = (alphaProduct.squareRoot(), (1 - alphaProduct).squareRoot())
    return switch self {
    case .epsilon: (latents - noise * output) / signal
    case .velocity: signal * latents - noise * output
    case .sample, .flow: output
    }
  }

  /// The noise in the latents, given the clean latents as `clean(_:_:alphaProduct:)` returns them.
  func noise(_ output: Tensor, _ latents: Tensor, clean: Tensor, alphaProduct: Float) -> Tensor {
    let (signal, noise) = (alphaProduct.squareRoot(), (1 - alphaProduct).squareRoot())
    return switch self {
    case .epsilon: output
    case .velocity: signal * output + noise * latents
    case .sample, .flow: (latents - signal * clean) / noise
    }
  }

  /// The clean latents, where the latents are `clean + noiseLevel * noise` (Karras et al. 2022).
  func clean(_ output: Tensor, _ latents: Tensor, noiseLevel: Float) -> Tensor {
    let variance = noiseLevel * noiseLevel + 1
    return switch self {
    case .epsilon: latents - noiseLevel * output
    case .velocity: output * (-noiseLevel / variance.squareRoot()) + latents / variance
    case .sample, .flow: output
    }
  }
}
