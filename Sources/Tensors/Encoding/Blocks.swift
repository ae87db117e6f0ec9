// Blocks of 32 numbers: a scale that maps the largest number to the end of the range, and whole numbers.

/// Q4_0 and Q5_0: the number of largest magnitude becomes the lowest whole number, of which there is one more than of positive ones.
func encodeSigned(_ source: UnsafePointer<Float>, bits: Int, to target: UnsafeMutableRawPointer) {
  let half = Float(1 << (bits - 1))
  var largest: Float = 0
  for index in 0..<32 where unsafe source[index].magnitude > largest.magnitude { largest = unsafe source[index] }
  let scale = largest / -half
  let inverse = scale == 0 ? 0 : 1 / scale
  unsafe storeHalf(scale, to: target)
  let numbers = unsafe target + (bits == 5 ? 6 : 2)
  var high: UInt32 = 0
  for index in 0..<16 {
    let low = unsafe whole(source[index] * inverse + half + 0.5, below: 2 * half)
    let upper = unsafe whole(source[index + 16] * inverse + half + 0.5, below: 2 * half)
    unsafe numbers.storeBytes(of: low & 15 | upper << 4, toByteOffset: index, as: UInt8.self)
    high |= UInt32(low >> 4) << index | UInt32(upper >> 4) << (index + 16)
  }
  if bits == 5 { unsafe (target + 2).storeBytes(of: high.littleEndian, as: UInt32.self) }
}

func encodeQ8(_ source: UnsafePointer<Float>, to target: UnsafeMutableRawPointer) {
  var largest: Float = 0
  for index in 0..<32 { largest = unsafe max(largest, source[index].magnitude) }
  let scale = largest / 127
  let inverse = scale == 0 ? 0 : 1 / scale
  unsafe storeHalf(scale, to: target)
  for index in 0..<32 {
    let number = unsafe (source[index] * inverse).rounded(.toNearestOrAwayFromZero)
    unsafe target.storeBytes(
      of: Int8(max(-127, min(127, number.isNaN ? 0 : number))), toByteOffset: 2 + index, as: Int8.self)
  }
}

/// Rounded down, within 0..<limit.
private func whole(_ value: Float, below limit: Float) -> UInt8 {
  value.isNaN ? 0 : UInt8(max(0, min(limit - 1, value.rounded(.down))))
}
