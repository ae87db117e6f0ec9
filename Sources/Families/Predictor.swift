import Tensors

/// What a denoiser makes of noisy latents under one condition: what the sampler asks for, be it the noise, the clean picture
/// or a velocity.
package struct Predictor {
  /// Latents `[1, height, width, channels]` as the sampler scales them, and a timestep, to a prediction.
  package typealias Prediction = (_ latents: Tensor, _ timestep: Float) throws -> Tensor

  /// Under the prompt alone, `[1, height, width, channels]`.
  package let single: Prediction
  /// Without the prompt and with it, `[2, height, width, channels]`.
  package let pair: Prediction
  /// Called before each evaluation, with its number from 0.
  package let begin: (_ evaluation: Int) -> Void

  package init(
    single: @escaping Prediction, pair: @escaping Prediction, begin: @escaping (Int) -> Void = { _ in }
  ) {
    self.single = single
    self.pair = pair
    self.begin = begin
  }

  /// The predictor with further channels beside the latents, `[1, height, width, channels]`, which the sampler does not scale.
  package func beside(_ channels: Tensor) -> Predictor {
    Predictor(
      single: { [single] in try single($0.concatenatedChannels(channels), $1) },
      pair: { [pair] in try pair($0.concatenatedChannels(channels), $1) }, begin: begin)
  }
}

/// Classifier-free guidance (Ho and Salimans 2022): how far a prediction is led away from what the denoiser would make
/// without the prompt.
package struct Guidance: Sendable, Equatable {
  package var scale: Double
  /// The share of the evaluations, from the first, that are guided; the others follow the prompt alone, at half the work.
  package var end: Double
  /// How far a guided prediction is brought back to the spread of the one with the prompt, 0...1 (Lin et al. 2023, section
  /// 3.4; diffusers' `guidance_rescale`).
  package var rescale: Double
  package init(scale: Double, end: Double = 1, rescale: Double = 0) {
    self.scale = scale
    self.end = end
    self.rescale = rescale
  }

  /// The predictor as a sampler calls it, evaluation by evaluation.
  package func applied(to predictor: Predictor, isOn: Bool, evaluations: Int) -> Predictor.Prediction {
    let guided = isOn ? Int((end * Double(evaluations)).rounded(.up)) : 0
    var evaluation = 0
    return { latents, timestep in
      predictor.begin(evaluation)
      defer { evaluation += 1 }
      guard evaluation < guided else { return try predictor.single(latents, timestep) }
      let both = try predictor.pair(latents, timestep)
      let (without, with) = (both.slice(0..<1), both.slice(1..<2))
      return rescaled(without + Float(scale) * (with - without), like: with)
    }
  }

  private func rescaled(_ guided: Tensor, like text: Tensor) -> Tensor {
    guard rescale > 0 else { return guided }
    let factor = text.standardDeviation / guided.standardDeviation
    return guided * (Float(rescale) * factor + (1 - Float(rescale)))
  }
}

extension Tensor {
  /// With Bessel's correction, as torch's `std`.
  fileprivate var standardDeviation: Float {
    let values = values
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return Float((squares / Double(max(1, values.count - 1))).squareRoot())
  }
}
