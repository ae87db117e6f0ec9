import KernelInterface

#if AVX512BF16
  import CIntrinsics
#endif

// bfloat16 is the upper half of a float32. Pairs of them meet in one instruction (`vdpbf16ps`) where the processor has it; elsewhere each
// half is widened and multiplied by itself.

extension Kernels {
  package static var hasPairProducts: Bool {
    #if AVX512BF16
      true
    #else
      false
    #endif
  }

  package static func roundToPairs(
    _ source: UnsafePointer<Float>, stride: Int, rows: Int, width: Int, into target: UnsafeMutablePointer<UInt32>,
    targetStride: Int
  ) {
    for row in 0..<rows {
      let from = unsafe source + row &* stride
      let to = unsafe target + row &* targetStride
      var index = 0
      while index &+ 2 &* laneCount <= width {
        let words = unsafe neighbourPairs(load(from + index), load(from + index + laneCount))
        unsafe UnsafeMutableRawPointer(to + index / 2).storeBytes(of: words, as: LaneBits.self)
        index &+= 2 &* laneCount
      }
      while index < width {
        let second = unsafe index + 1 < width ? from[index + 1] : 0
        unsafe to[index / 2] = rounded(from[index]) | rounded(second) &<< 16
        index &+= 2
      }
    }
  }

  package static func pairPanel(
    _ source: UnsafePointer<Float>, depth: Int, width: Int, into target: UnsafeMutablePointer<UInt32>
  ) {
    for pair in 0..<(depth + 1) / 2 {
      let first = unsafe source + 2 &* pair &* width
      let hasSecond = 2 &* pair &+ 1 < depth
      for lane in stride(from: 0, to: width, by: laneCount) {
        let upper = unsafe hasSecond ? load(first + width + lane) : Lanes(repeating: 0)
        let words = unsafe lanePairs(load(first + lane), upper)
        unsafe UnsafeMutableRawPointer(target + pair &* width + lane).storeBytes(of: words, as: LaneBits.self)
      }
    }
  }
}

/// `sums + low * low + high * high` of each word's halves.
@inline(__always)
func multiplyAddPairs(_ left: LaneBits, _ right: LaneBits, _ sums: Lanes) -> Lanes {
  #if AVX512BF16
    unsafe limn_dot_bfloat16(
      sums, unsafeBitCast(left, to: SIMD8<Int64>.self), unsafeBitCast(right, to: SIMD8<Int64>.self))
  #else
    multiplyAdd(
      lowHalves(left), lowHalves(right), multiplyAdd(highHalves(left), highHalves(right), sums))
  #endif
}

@inline(__always)
private func lowHalves(_ words: LaneBits) -> Lanes { unsafe unsafeBitCast(words &<< 16, to: Lanes.self) }

@inline(__always)
private func highHalves(_ words: LaneBits) -> Lanes { unsafe unsafeBitCast(words & 0xFFFF_0000, to: Lanes.self) }

/// Words of neighbours: lane i of the result has values 2 i and 2 i + 1 of `first` and `second`, one after the other.
@inline(__always)
private func neighbourPairs(_ first: Lanes, _ second: Lanes) -> LaneBits {
  #if AVX512BF16
    unsafe unsafeBitCast(limn_round_bfloat16(first, second), to: LaneBits.self)
  #else
    let joined = SIMD32(lowHalf: first, highHalf: second)
    return roundedBits(alternateLanes(of: joined, from: 0)) | roundedBits(alternateLanes(of: joined, from: 1)) &<< 16
  #endif
}

/// Words of two vectors' equal lanes.
@inline(__always)
private func lanePairs(_ low: Lanes, _ high: Lanes) -> LaneBits {
  #if AVX512BF16
    unsafe unsafeBitCast(limn_pair_bfloat16(low, high), to: LaneBits.self)
  #else
    roundedBits(low) | roundedBits(high) &<< 16
  #endif
}

/// The nearest bfloat16 of each lane, in the lower half of a word; NaN stays NaN.
@inline(__always)
private func roundedBits(_ values: Lanes) -> LaneBits {
  let bits = unsafe unsafeBitCast(values, to: LaneBits.self)
  let nearest = (bits &+ 0x7FFF &+ ((bits &>> 16) & 1)) &>> 16
  return nearest.replacing(with: (bits &>> 16) | 0x40, where: values .!= values)
}

private func rounded(_ value: Float) -> UInt32 {
  let bits = value.bitPattern
  return value.isNaN ? (bits &>> 16) | 0x40 : (bits &+ 0x7FFF &+ ((bits &>> 16) & 1)) &>> 16
}
