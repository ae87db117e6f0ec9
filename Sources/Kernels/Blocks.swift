import KernelInterface

// Formats and formulas: ggml's `ggml-quants.c` (`dequantize_row_*`). Products and sums are rounded one by one there, so nothing is fused
// here.

extension Kernels {
  package static func widenBlocks(
    _ source: UnsafeRawPointer, of format: BlockFormat, into target: UnsafeMutablePointer<Float>, count: Int
  ) {
    switch format {
    case .q4: unsafe widen(source, target, count, format, block: widenQ4)
    case .q4WithMinimum: unsafe widen(source, target, count, format, block: widenQ4WithMinimum)
    case .q5: unsafe widen(source, target, count, format, block: widenQ5)
    case .q5WithMinimum: unsafe widen(source, target, count, format, block: widenQ5WithMinimum)
    case .q8: unsafe widen(source, target, count, format, block: widenQ8)
    case .q2K: unsafe widen(source, target, count, format, block: widenQ2K)
    case .q3K: unsafe widen(source, target, count, format, block: widenQ3K)
    case .q4K: unsafe widen(source, target, count, format, block: widenQ4K)
    case .q5K: unsafe widen(source, target, count, format, block: widenQ5K)
    case .q6K: unsafe widen(source, target, count, format, block: widenQ6K)
    case .float8E4M3:
      let bytes = unsafe source.assumingMemoryBound(to: UInt8.self)
      for index in 0..<count { unsafe target[index] = float8E4M3(bytes[index]) }
    case .float8E5M2:
      let bytes = unsafe source.assumingMemoryBound(to: UInt8.self)
      for index in 0..<count { unsafe target[index] = number(half: UInt16(bytes[index]) &<< 8) }
    case .float64:
      for index in 0..<count {
        unsafe target[index] = Float(source.loadUnaligned(fromByteOffset: 8 &* index, as: Double.self))
      }
    }
  }

  @inline(__always)
  private static func widen(
    _ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int, _ format: BlockFormat,
    block: (UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void
  ) {
    let (bytes, values) = (format.bytes, format.values)
    for index in 0..<count { unsafe block(source + index &* bytes, target + index &* values) }
  }
}

// MARK: Sixteen bytes

@inline(__always)
func loadBytes(_ pointer: UnsafeRawPointer) -> SIMD16<UInt8> { unsafe pointer.loadUnaligned(as: SIMD16<UInt8>.self) }

/// The library's conversions are calls; this becomes one instruction.
@inline(__always)
func widened(_ bytes: SIMD16<UInt8>) -> LaneBits {
  var result = LaneBits(repeating: 0)
  for lane in 0..<laneCount { result[lane] = UInt32(truncatingIfNeeded: bytes[lane]) }
  return result
}

/// Signed bytes as numbers.
@inline(__always)
func signedNumbers(_ bytes: SIMD16<UInt8>) -> Lanes {
  var result = Lanes(repeating: 0)
  for lane in 0..<laneCount { result[lane] = Float(Int8(bitPattern: bytes[lane])) }
  return result
}

/// Bytes below 128, minus `offset`, as numbers.
@inline(__always)
func numbers(_ bytes: SIMD16<UInt8>, minus offset: UInt8 = 0) -> Lanes {
  signedNumbers(bytes &- SIMD16(repeating: offset))
}

/// The binary16 at an address of any alignment.
@inline(__always)
func half(_ pointer: UnsafeRawPointer) -> Float { number(half: unsafe pointer.loadUnaligned(as: UInt16.self)) }

/// A binary16 by its bits; see ``Kernels/widenHalf(_:into:count:)``.
@inline(__always)
func number(half bits: UInt16) -> Float {
  #if AVX512 || AVX2 || arch(arm64)
    return Float(Float16(bitPattern: bits))
  #else
    let magnitude = Float(bitPattern: UInt32(bits & 0x7FFF) &<< 13) * Float(bitPattern: (127 + 112) << 23)
    let special: UInt32 = (bits & 0x7C00) == 0x7C00 ? 0x7F80_0000 : 0
    return Float(bitPattern: magnitude.bitPattern | special | UInt32(bits & 0x8000) &<< 16)
  #endif
}

// MARK: Blocks of 32

/// The 32 numbers of 16 bytes, the lower halves first.
@inline(__always)
private func nibbles(_ pointer: UnsafeRawPointer) -> (SIMD16<UInt8>, SIMD16<UInt8>) {
  let bytes = unsafe loadBytes(pointer)
  return (bytes & 15, bytes &>> 4)
}

/// The same with a fifth bit each, minus `offset`, as numbers.
@inline(__always)
private func fiveBits(_ pointer: UnsafeRawPointer, high: UnsafeRawPointer, minus offset: Float = 0) -> (Lanes, Lanes) {
  let (first, second) = unsafe nibbles(pointer)
  let bits = unsafe high.loadUnaligned(as: UInt32.self)
  return (fiveBits(first, bits, minus: offset), fiveBits(second, bits &>> 16, minus: offset))
}

/// A fifth bit from the place that the lane says. Comparisons of bytes would go lane by lane.
@inline(__always)
private func fiveBits(_ low: SIMD16<UInt8>, _ high: UInt32, minus offset: Float) -> Lanes {
  let places = LaneBits(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  let whole = widened(low) | ((LaneBits(repeating: high) &>> places) & 1) &<< 4
  // A whole number below 2^23 in the mantissa of 2^23.
  return unsafe unsafeBitCast(whole | 0x4B00_0000, to: Lanes.self) - (0x1p23 + offset)
}

@inline(__always)
private func widenQ4(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
  let scale = unsafe half(block)
  let (first, second) = unsafe nibbles(block + 2)
  unsafe store(scale * numbers(first, minus: 8), target)
  unsafe store(scale * numbers(second, minus: 8), target + laneCount)
}

@inline(__always)
private func widenQ4WithMinimum(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
  let (scale, minimum) = unsafe (half(block), half(block + 2))
  let (first, second) = unsafe nibbles(block + 4)
  unsafe store(scale * numbers(first) + minimum, target)
  unsafe store(scale * numbers(second) + minimum, target + laneCount)
}

@inline(__always)
private func widenQ5(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
  let scale = unsafe half(block)
  let (first, second) = unsafe fiveBits(block + 6, high: block + 2, minus: 16)
  unsafe store(scale * first, target)
  unsafe store(scale * second, target + laneCount)
}

@inline(__always)
private func widenQ5WithMinimum(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
  let (scale, minimum) = unsafe (half(block), half(block + 2))
  let (first, second) = unsafe fiveBits(block + 8, high: block + 4)
  unsafe store(scale * first + minimum, target)
  unsafe store(scale * second + minimum, target + laneCount)
}

@inline(__always)
private func widenQ8(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
  let scale = unsafe half(block)
  unsafe store(signedNumbers(loadBytes(block + 2)) * scale, target)
  unsafe store(signedNumbers(loadBytes(block + 18)) * scale, target + laneCount)
}

// MARK: Numbers of one byte, one by one: the compiler makes vectors of them

/// Exponent and mantissa moved into a binary16's place are off by the difference of the biases, 2^8, subnormal numbers too.
@inline(__always)
private func float8E4M3(_ byte: UInt8) -> Float {
  let magnitude = UInt16(byte & 0x7F)
  // All bits, where the seven are all set: a NaN.
  let special = 0 &- ((magnitude &+ 1) &>> 7)
  return number(half: UInt16(byte & 0x80) &<< 8 | magnitude &<< 7 | special & 0x7FFF) * 256
}
