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
    case .float8E4M3: unsafe widenBytes(source, target, count, float8E4M3)
    case .float8E5M2: unsafe widenBytes(source, target, count, float8E5M2)
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

  @inline(__always)
  private static func widenBytes(
    _ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int, _ value: (LaneBits) -> Lanes
  ) {
    forLanes(
      count,
      full: { unsafe store(value(widened(loadBytes(source + $0))), target + $0) },
      part: { start, count in
        var bytes = SIMD16<UInt8>(repeating: 0)
        for lane in 0..<count { unsafe bytes[lane] = source.load(fromByteOffset: start &+ lane, as: UInt8.self) }
        unsafe storePart(value(widened(bytes)), target + start, count)
      })
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
func half(_ pointer: UnsafeRawPointer) -> Float {
  let bits = unsafe pointer.loadUnaligned(as: UInt16.self)
  var value: Float = 0
  unsafe withUnsafePointer(to: bits) { bits in
    unsafe Kernels.widenHalf(bits, into: &value, count: 1)
  }
  return value
}

// MARK: Blocks of 32

/// The 32 numbers of 16 bytes, the lower halves first.
@inline(__always)
private func nibbles(_ pointer: UnsafeRawPointer) -> (SIMD16<UInt8>, SIMD16<UInt8>) {
  let bytes = unsafe loadBytes(pointer)
  return (bytes & 15, bytes &>> 4)
}

/// The same with a fifth bit each.
@inline(__always)
private func fiveBits(_ pointer: UnsafeRawPointer, high: UnsafeRawPointer) -> (SIMD16<UInt8>, SIMD16<UInt8>) {
  let (first, second) = unsafe nibbles(pointer)
  let bits = unsafe high.loadUnaligned(as: UInt32.self)
  return (first | spread(UInt16(truncatingIfNeeded: bits)), second | spread(UInt16(truncatingIfNeeded: bits &>> 16)))
}

/// Sixteen bits as bytes of 0 or 16.
@inline(__always)
private func spread(_ bits: UInt16) -> SIMD16<UInt8> {
  let (low, high) = (UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits &>> 8))
  let places = SIMD8<UInt8>(1, 2, 4, 8, 16, 32, 64, 128)
  let all = SIMD16(lowHalf: SIMD8(repeating: low) & places, highHalf: SIMD8(repeating: high) & places)
  return SIMD16<UInt8>(repeating: 16).replacing(with: 0, where: all .== 0)
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
  let (first, second) = unsafe fiveBits(block + 6, high: block + 2)
  unsafe store(scale * numbers(first, minus: 16), target)
  unsafe store(scale * numbers(second, minus: 16), target + laneCount)
}

@inline(__always)
private func widenQ5WithMinimum(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
  let (scale, minimum) = unsafe (half(block), half(block + 2))
  let (first, second) = unsafe fiveBits(block + 8, high: block + 4)
  unsafe store(scale * numbers(first) + minimum, target)
  unsafe store(scale * numbers(second) + minimum, target + laneCount)
}

@inline(__always)
private func widenQ8(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
  let scale = unsafe half(block)
  unsafe store(signedNumbers(loadBytes(block + 2)) * scale, target)
  unsafe store(signedNumbers(loadBytes(block + 18)) * scale, target + laneCount)
}

// MARK: Numbers of one byte
//
// Subnormal numbers get a leading one and lose it again by subtraction: the processor is slow with float32's own.

@inline(__always)
private func float8E4M3(_ bits: LaneBits) -> Lanes {
  let magnitude = bits & 0x7F
  let isSubnormal = magnitude .< 8
  var pattern = (magnitude &<< 20) &+ (120 &<< 23)
  pattern.replace(with: pattern &+ (1 &<< 23), where: isSubnormal)
  var value = unsafe unsafeBitCast(pattern, to: Lanes.self)
  value.replace(with: value - 0x1p-6, where: isSubnormal)
  value.replace(with: .nan, where: magnitude .== 0x7F)
  return signed(value, bits)
}

@inline(__always)
private func float8E5M2(_ bits: LaneBits) -> Lanes {
  let magnitude = bits & 0x7F
  let isSubnormal = magnitude .< 4
  var pattern = (magnitude &<< 21) &+ (112 &<< 23)
  pattern.replace(with: pattern &+ (1 &<< 23), where: isSubnormal)
  pattern.replace(with: pattern | 0x7F80_0000, where: magnitude .>= 0x7C)
  var value = unsafe unsafeBitCast(pattern, to: Lanes.self)
  value.replace(with: value - 0x1p-14, where: isSubnormal)
  return signed(value, bits)
}

/// The value with the sign of the byte that it was.
@inline(__always)
private func signed(_ value: Lanes, _ bits: LaneBits) -> Lanes {
  unsafe unsafeBitCast(unsafeBitCast(value, to: LaneBits.self) | ((bits & 0x80) &<< 24), to: Lanes.self)
}
