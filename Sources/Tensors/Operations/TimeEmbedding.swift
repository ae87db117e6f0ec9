import System

extension Tensor {
  /// Sinusoidal embedding of numbers such as timesteps: `[values.count, width]`.
  ///
  /// diffusers' `get_timestep_embedding`: the cosines come first when `cosinesFirst` (its `flip_sin_to_cos`), and
  /// `frequencyShift` is its `downscale_freq_shift`. Frequencies in float32, as torch computes them.
  package static func sinusoidalEmbedding(
    of values: [Float], width: Int, cosinesFirst: Bool, frequencyShift: Float, longestPeriod: Float = 10_000
  ) -> Tensor {
    let half = width / 2
    var embedding = [Float](repeating: 0, count: values.count * width)
    for (row, value) in values.enumerated() {
      for index in 0..<half {
        let frequency = exp(-log(longestPeriod) * Float(index) / (Float(half) - frequencyShift))
        let angle = value * frequency
        let (sine, cosine) = (sin(angle), cos(angle))
        embedding[row * width + index] = cosinesFirst ? cosine : sine
        embedding[row * width + half + index] = cosinesFirst ? sine : cosine
      }
    }
    return Tensor(shape: [values.count, width], values: embedding)
  }
}
