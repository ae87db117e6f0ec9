/// `exp(x)` to within two units in the last place; 0 below -87.3, about 2.4e38 above 88.3.
///
/// Cody and Waite's range reduction with the polynomial of Cephes' `expf`. Rounding adds and subtracts 1.5 * 2^23, whose
/// low bits then hold the integer; the library's `rounded()` goes lane by lane.
@inline(__always)
func exponential(_ x: Lanes) -> Lanes {
  var clamped = x
  clamped.replace(with: -87.33654, where: clamped .< -87.33654)
  clamped.replace(with: 88.3762626647949, where: clamped .> 88.3762626647949)

  let magic = Lanes(repeating: 12_582_912)
  let shifted = multiplyAdd(clamped, Lanes(repeating: 1.442_695_040_888_963_4), magic)
  let whole = shifted - magic
  var rest = multiplyAdd(whole, Lanes(repeating: -0.693_359_375), clamped)
  rest = multiplyAdd(whole, Lanes(repeating: 2.121_944_4e-4), rest)

  var series = Lanes(repeating: 1.987_569_15e-4)
  series = multiplyAdd(series, rest, Lanes(repeating: 1.398_199_95e-3))
  series = multiplyAdd(series, rest, Lanes(repeating: 8.333_451_9e-3))
  series = multiplyAdd(series, rest, Lanes(repeating: 4.166_579_6e-2))
  series = multiplyAdd(series, rest, Lanes(repeating: 1.666_666_55e-1))
  series = multiplyAdd(series, rest, Lanes(repeating: 5.000_000_1e-1))
  let mantissa = multiplyAdd(series, rest * rest, rest + 1)

  let exponent = (unsafe unsafeBitCast(shifted, to: LaneBits.self) &+ 127) &<< 23
  return mantissa * (unsafe unsafeBitCast(exponent, to: Lanes.self))
}

/// `2^x` for `x` up to 1, to within four units in the last place; 2^-126 below -126.
///
/// A polynomial for half an octave to either side, found by weighted least squares (7.5e-8), whose exponent then moves.
@inline(__always)
func powerOfTwo(_ x: Lanes) -> Lanes {
  var clamped = x
  clamped.replace(with: -126, where: clamped .< -126)
  let magic = Lanes(repeating: 12_582_912)
  let shifted = clamped + magic
  let rest = clamped - (shifted - magic)
  var series = Lanes(repeating: 1.327_647_152e-3)
  series = multiplyAdd(series, rest, Lanes(repeating: 9.675_541_331e-3))
  series = multiplyAdd(series, rest, Lanes(repeating: 5.550_713_275e-2))
  series = multiplyAdd(series, rest, Lanes(repeating: 0.240_221_197_2))
  series = multiplyAdd(series, rest, Lanes(repeating: 0.693_146_967_1))
  series = multiplyAdd(series, rest, Lanes(repeating: 1.000_000_072))
  let exponent = (unsafe unsafeBitCast(shifted, to: LaneBits.self)) &<< 23
  return unsafe unsafeBitCast(unsafeBitCast(series, to: LaneBits.self) &+ exponent, to: Lanes.self)
}

/// `1 / (1 + exp(-x))`
@inline(__always)
func sigmoid(_ x: Lanes) -> Lanes {
  1 / (1 + exponential(-x))
}

/// The complementary error function, relative error below 1.2e-7 (Press et al., Numerical Recipes, 6.2: `erfcc`).
@inline(__always)
func complementaryError(_ x: Lanes) -> Lanes {
  var magnitude = x
  magnitude.replace(with: -x, where: x .< 0)
  let t = 1 / multiplyAdd(magnitude, Lanes(repeating: 0.5), Lanes(repeating: 1))
  var series = Lanes(repeating: 0.170_872_77)
  for coefficient: Float in [
    -0.822_152_23, 1.488_515_87, -1.135_203_98, 0.278_868_07, -0.186_288_06, 0.096_784_18, 0.374_091_96,
    1.000_023_68, -1.265_512_23,
  ] {
    series = multiplyAdd(series, t, Lanes(repeating: coefficient))
  }
  var result = t * exponential(multiplyAdd(-magnitude, magnitude, series))
  result.replace(with: 2 - result, where: x .< 0)
  return result
}
