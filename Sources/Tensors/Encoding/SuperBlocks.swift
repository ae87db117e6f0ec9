// Blocks of 256 numbers in parts whose scales are whole numbers times one of the block. A part's scale is searched: around the one
// that maps its range onto the whole numbers lie others that leave a smaller squared error, large numbers counting more.

/// Q4_K: eight parts of 32, `scale * number - minimum`.
func encodeQ4K(_ source: UnsafePointer<Float>, to target: UnsafeMutableRawPointer) {
  var scales = InlineArray<8, Float>(repeating: 0)
  var minima = InlineArray<8, Float>(repeating: 0)
  for part in 0..<8 { (scales[part], minima[part]) = unsafe linearFit(source + 32 * part) }
  let (scale, scaleNumbers) = sixBits(scales)
  let (minimum, minimumNumbers) = sixBits(minima)
  unsafe storeHalf(scale, to: target)
  unsafe storeHalf(minimum, to: target + 2)
  let packed = unsafe target + 4
  for part in 0..<4 {
    let (s, m) = (scaleNumbers, minimumNumbers)
    unsafe packed.storeBytes(of: s[part] | (s[part + 4] >> 4) << 6, toByteOffset: part, as: UInt8.self)
    unsafe packed.storeBytes(of: m[part] | (m[part + 4] >> 4) << 6, toByteOffset: part + 4, as: UInt8.self)
    unsafe packed.storeBytes(of: s[part + 4] & 15 | m[part + 4] << 4, toByteOffset: part + 8, as: UInt8.self)
  }
  // What a reader will multiply by.
  let (read, readMinimum) = (Float(Float16(scale)), Float(Float16(minimum)))
  func number(_ part: Int, _ index: Int) -> UInt8 {
    let own = read * Float(scaleNumbers[part])
    let value = unsafe source[32 * part + index] + readMinimum * Float(minimumNumbers[part])
    return own == 0 ? 0 : UInt8(clampedTo15: value / own)
  }
  for pair in 0..<4 {
    for index in 0..<32 {
      let (low, high) = (number(2 * pair, index), number(2 * pair + 1, index))
      unsafe target.storeBytes(of: low | high << 4, toByteOffset: 16 + 32 * pair + index, as: UInt8.self)
    }
  }
}

/// Scale and minimum (not below zero) for 32 numbers from 0 to 15.
///
/// Vectors of eight, whatever the processor has: comparing and choosing by lanes is not compiled to instructions in wider ones,
/// and a hundred times slower.
private func linearFit(_ x: UnsafePointer<Float>) -> (scale: Float, minimum: Float) {
  func load(_ part: Int) -> Eight { unsafe UnsafeRawPointer(x + 8 * part).loadUnaligned(as: Eight.self) }
  let values = (load(0), load(1), load(2), load(3))
  var (low, high): (Float, Float) = (0, -.infinity)
  for index in 0..<32 {
    let value = unsafe x[index]
    low = value < low ? value : low
    high = value > high ? value : high
  }
  let squares = sum(products(values, values))
  guard high > low, squares.isFinite else { return (0, -low) }
  let level = (squares / 32).squareRoot()
  func weight(_ values: Eight) -> Eight { magnitudes(values) + level }
  let weights = (weight(values.0), weight(values.1), weight(values.2), weight(values.3))
  let (weightSum, valueSum) = (sum(weights), sum(products(weights, values)))
  var best = (scale: (high - low) / 15, minimum: -low)
  var bestError = Float.infinity
  for step in -1..<20 {
    // The first is the plain one.
    let inverse = (step < 0 ? 15 : 14 + 0.1 * Float(step)) / (high - low)
    func number(_ values: Eight) -> Eight { atMost(15, wholes((values - low) * inverse)) }
    let numbers = (number(values.0), number(values.1), number(values.2), number(values.3))
    let weighted = products(weights, numbers)
    let (numberSum, numberSquares) = (sum(weighted), sum(products(weighted, numbers)))
    let crossed = sum(products(weighted, values))
    let determinant = weightSum * numberSquares - numberSum * numberSum
    guard determinant > 0 else { continue }
    var scale = (weightSum * crossed - valueSum * numberSum) / determinant
    var least = (numberSquares * valueSum - numberSum * crossed) / determinant
    if least > 0 { (scale, least) = (crossed / numberSquares, 0) }
    guard scale > 0 else { continue }
    func difference(_ numbers: Eight, _ values: Eight) -> Eight { numbers * scale + least - values }
    let differences = (
      difference(numbers.0, values.0), difference(numbers.1, values.1), difference(numbers.2, values.2),
      difference(numbers.3, values.3)
    )
    let error = sum(products(products(weights, differences), differences))
    if error < bestError { (best, bestError) = ((scale, -least), error) }
  }
  return best
}

private typealias Eight = SIMD8<Float>
private typealias FourEights = (Eight, Eight, Eight, Eight)

@inline(__always)
private func sum(_ values: FourEights) -> Float { (values.0 + values.1 + (values.2 + values.3)).sum() }

@inline(__always)
private func products(_ a: FourEights, _ b: FourEights) -> FourEights { (a.0 * b.0, a.1 * b.1, a.2 * b.2, a.3 * b.3) }

@inline(__always)
private func magnitudes(_ values: Eight) -> Eight {
  unsafe unsafeBitCast(unsafeBitCast(values, to: SIMD8<UInt32>.self) & 0x7FFF_FFFF, to: Eight.self)
}

/// The nearest whole numbers by adding and taking away 1.5 * 2^23; the library's `rounded` goes lane by lane.
@inline(__always)
private func wholes(_ values: Eight) -> Eight { (values + 12_582_912) - 12_582_912 }

/// Whole numbers of less than 2^22, none above a limit.
@inline(__always)
private func atMost(_ limit: Float, _ values: Eight) -> Eight { 0.5 * (values + limit - magnitudes(values - limit)) }

/// The same, none below a limit.
@inline(__always)
private func atLeast(_ limit: Float, _ values: Eight) -> Eight { 0.5 * (values + limit + magnitudes(values - limit)) }

/// Eight numbers that are not below zero as whole numbers of six bits and what they are multiples of.
private func sixBits(_ values: InlineArray<8, Float>) -> (unit: Float, numbers: InlineArray<8, UInt8>) {
  var largest: Float = 0
  for index in 0..<8 { largest = max(largest, values[index]) }
  let inverse = largest > 0 ? 63 / largest : 0
  return (largest / 63, InlineArray { UInt8(max(0, min(63, (values[$0] * inverse).rounded()))) })
}

/// Q6_K: sixteen parts of 16, `scale * number`, both signed.
func encodeQ6K(_ source: UnsafePointer<Float>, to target: UnsafeMutableRawPointer) {
  var scales = InlineArray<16, Float>(repeating: 0)
  var largest: Float = 0
  for part in 0..<16 {
    scales[part] = unsafe signedFit(source + 16 * part)
    if scales[part].magnitude > largest.magnitude { largest = scales[part] }
  }
  let unit = largest / -128
  unsafe storeHalf(unit, to: target + 208)
  let read = Float(Float16(unit))
  var numbers = InlineArray<256, UInt8>(repeating: 0)
  for part in 0..<16 {
    let number = unit == 0 ? 0 : max(-128, min(127, (scales[part] / unit).rounded()))
    unsafe target.storeBytes(of: Int8(number), toByteOffset: 192 + part, as: Int8.self)
    let own = read * number
    for index in 16 * part..<16 * part + 16 {
      let value = unsafe own == 0 ? 0 : (source[index] / own).rounded()
      numbers[index] = UInt8(max(-32, min(31, value.isNaN ? 0 : value)) + 32)
    }
  }
  for half in 0..<2 {
    for index in 0..<64 {
      let (low, high) = (numbers[128 * half + index], numbers[128 * half + 64 + index])
      unsafe target.storeBytes(of: low & 15 | high << 4, toByteOffset: 64 * half + index, as: UInt8.self)
    }
    for index in 0..<32 {
      var packed: UInt8 = 0
      for quarter in 0..<4 { packed |= (numbers[128 * half + 32 * quarter + index] >> 4) << UInt8(2 * quarter) }
      unsafe target.storeBytes(of: packed, toByteOffset: 128 + 32 * half + index, as: UInt8.self)
    }
  }
}

/// The scale for 16 numbers from -32 to 31.
private func signedFit(_ x: UnsafePointer<Float>) -> Float {
  var largest: Float = 0
  for index in 0..<16 where unsafe x[index].magnitude > largest.magnitude { largest = unsafe x[index] }
  guard largest != 0, largest.isFinite else { return 0 }
  let low = unsafe UnsafeRawPointer(x).loadUnaligned(as: Eight.self)
  let high = unsafe UnsafeRawPointer(x + 8).loadUnaligned(as: Eight.self)
  var (best, bestGain): (Float, Float) = (largest / -32, -.infinity)
  for step in -9...9 {
    let inverse = -(32 + 0.1 * Float(step)) / largest
    func number(_ values: Eight) -> Eight { atLeast(-32, atMost(31, wholes(values * inverse))) }
    let numbers = (low: number(low), high: number(high))
    // Numbers count by the squares of what they stand for.
    let weighted = (low: low * low * numbers.low, high: high * high * numbers.high)
    let products = (weighted.low * low + weighted.high * high).sum()
    let squares = (weighted.low * numbers.low + weighted.high * numbers.high).sum()
    // What the least squares' scale takes off the error.
    guard squares > 0 else { continue }
    let gain = products * products / squares
    if gain > bestGain { (best, bestGain) = (products / squares, gain) }
  }
  return best
}

extension UInt8 {
  fileprivate init(clampedTo15 value: Float) {
    self = value.isNaN ? 0 : UInt8(Swift.max(0, Swift.min(15, value.rounded())))
  }
}
