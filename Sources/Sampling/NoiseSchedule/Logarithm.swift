import System

/// The natural logarithm in float32 to the last bit as NumPy's vectorised kernel computes it (a rational polynomial of degree 5).
///
/// The last bit decides whether the timestep of the highest noise level is just below a whole number, which diffusers' solvers
/// over log-SNR then truncate.
func numpyLogarithm(_ value: Float) -> Float {
  guard value.isNormal && value > 0 else { return logf(value) }
  var (exponent, fraction) = (Float(value.exponent), value.significand)
  if fraction > Float(2).squareRoot() {
    exponent += 1
    fraction /= 2
  }
  fraction -= 1
  let numerators: [Float] = [
    2.589979117907922693523e-02, 3.808837741388407920751e-01, 1.480000633576506585156e+00,
    2.112677543073053063722e+00, 9.999999999999998702752e-01, 0,
  ]
  let denominators: [Float] = [
    5.875095403124574342950e-03, 1.546476374983906719538e-01, 9.864942958519418960339e-01,
    2.453006071784736363091e+00, 2.612677543073109236779e+00, 1,
  ]
  let numerator = numerators.dropFirst().reduce(numerators[0]) { $1.addingProduct($0, fraction) }
  let denominator = denominators.dropFirst().reduce(denominators[0]) { $1.addingProduct($0, fraction) }
  return (numerator / denominator).addingProduct(exponent, 0.693147180559945)
}
