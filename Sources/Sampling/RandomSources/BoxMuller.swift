/// The Box-Muller transform in float32 to the last bit as torch's vectorised kernel computes it.
///
/// ATen takes logarithm, sine and cosine from the Cephes library's polynomials (Moshier; `avx_mathfun.h`) with the products and
/// sums fused that its compiler fuses. Sampling that begins at a noise level of thousands amplifies even last bits.
enum BoxMuller {
  /// Two pi, rounded to nearest; `Float.pi` is rounded towards zero.
  static let fullTurn = Float(2 * Double.pi)

  /// Two normal values from two uniform ones of [0, 1).
  static func normalPair(_ first: Float, _ second: Float) -> (Float, Float) {
    let radius = (-2 * logarithm(1 - first)).squareRoot()
    let (sine, cosine) = sineAndCosine(fullTurn * second)
    return (radius * cosine, radius * sine)
  }

  /// The natural logarithm of a positive, normal number.
  static func logarithm(_ value: Float) -> Float {
    var exponent = Float(value.exponent) + 1
    var fraction = value.significand / 2
    if fraction < 0.70710677 {
      exponent -= 1
      fraction += fraction
    }
    fraction -= 1
    let square = fraction * fraction
    let coefficients: [Float] = [
      7.0376836292E-2, -1.1514610310E-1, 1.1676998740E-1, -1.2420140846E-1, 1.4249322787E-1, -1.6668057665E-1,
      2.0000714765E-1, -2.4999993993E-1, 3.3333331174E-1,
    ]
    var result = polynomial(coefficients, at: fraction) * fraction
    result = (exponent * -2.12194440e-4).addingProduct(result, square)
    result -= square * 0.5
    return (fraction + result).addingProduct(exponent, 0.693359375)
  }

  /// Sine and cosine of an angle from 0 to two pi.
  static func sineAndCosine(_ angle: Float) -> (sine: Float, cosine: Float) {
    // Octants, rounded up to even ones: what is left of the angle is within a quarter of pi.
    let octant = (Int(angle * 1.27323954473516) + 1) & ~1
    let count = Float(octant)
    let rest = angle.addingProduct(count, -0.78515625).addingProduct(count, -2.4187564849853515625e-4)
      .addingProduct(count, -3.77489497744594108e-8)
    let square = rest * rest

    let cosinePolynomial = polynomial(
      [2.443315711809948E-005, -1.388731625493765E-003, 4.166664568298827E-002], at: square)
    let even = (-(square * 0.5)).addingProduct(cosinePolynomial * square, square) + 1
    let sinePolynomial = polynomial([-1.9515295891E-4, 8.3321608736E-3, -1.6666654611E-1], at: square)
    let odd = rest.addingProduct(sinePolynomial * square, rest)

    let (sine, cosine) = octant & 2 == 0 ? (odd, even) : (even, odd)
    return (octant & 4 == 0 ? sine : -sine, (octant + 2) & 4 == 0 ? cosine : -cosine)
  }

  /// Horner's scheme, highest power first.
  private static func polynomial(_ coefficients: [Float], at value: Float) -> Float {
    coefficients.dropFirst().reduce(coefficients[0]) { $1.addingProduct($0, value) }
  }
}
