import KernelInterface

/// What numbers in blocks are, one by one, from the layouts in ggml's `ggml-common.h`.
struct BlockTwin {
  let format: BlockFormat
  let bytes: [UInt8]

  /// Number `index` of the block, every operation rounded to float32.
  func value(_ index: Int) -> Float {
    switch format {
    case .q4: half(0) * (Float(nibble(2, index)) - 8)
    case .q4WithMinimum: half(0) * Float(nibble(4, index)) + half(2)
    case .q5: half(0) * (Float(nibble(6, index) + 16 * bit(2, index)) - 16)
    case .q5WithMinimum: half(0) * Float(nibble(8, index) + 16 * bit(4, index)) + half(2)
    case .q8: half(0) * Float(Int8(bitPattern: bytes[2 + index]))
    case .q2K:
      half(80) * Float(bytes[index / 16] & 15) * Float(twoBits(16, index)) - half(82) * Float(bytes[index / 16] >> 4)
    case .q3K:
      half(108) * Float(scaleOfQ3(index / 16)) * Float(twoBits(32, index) + 4 * bit(0, index % 32 * 8 + index / 32) - 4)
    case .q4K: scaled(index / 32, Float(pairedNibble(16, index)))
    case .q5K: scaled(index / 32, Float(pairedNibble(48, index) + 16 * bit(16, index % 32 * 8 + index / 32)))
    case .q6K: half(208) * Float(Int8(bitPattern: bytes[192 + index / 16])) * Float(sixBits(index) - 32)
    case .float8E4M3: BlockTwin.float8(bytes[0], exponentBits: 4, hasInfinities: false)
    case .float8E5M2: BlockTwin.float8(bytes[0], exponentBits: 5, hasInfinities: true)
    case .float64: Float(Double(bitPattern: bytes.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }))
    }
  }

  private func half(_ place: Int) -> Float {
    Float(ConversionTests.half(UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8))
  }

  private func bit(_ place: Int, _ index: Int) -> Int { Int(bytes[place + index / 8] >> (index % 8) & 1) }

  /// The first 16 numbers are the lower halves.
  private func nibble(_ place: Int, _ index: Int) -> Int { Int(bytes[place + index % 16] >> (index / 16 * 4) & 15) }

  /// 64 numbers in 32 bytes, the first 32 the lower halves.
  private func pairedNibble(_ place: Int, _ index: Int) -> Int {
    Int(bytes[place + index / 64 * 32 + index % 32] >> (index % 64 / 32 * 4) & 15)
  }

  /// 128 numbers in 32 bytes.
  private func twoBits(_ place: Int, _ index: Int) -> Int {
    Int(bytes[place + index / 128 * 32 + index % 32] >> (index % 128 / 32 * 2) & 3)
  }

  private func sixBits(_ index: Int) -> Int {
    Int(bytes[index / 128 * 64 + index % 64] >> (index % 128 / 64 * 4) & 15) + 16 * twoBits(128, index)
  }

  private func scaleOfQ3(_ part: Int) -> Int {
    let low = Int(bytes[96 + part % 8] >> (part / 8 * 4) & 15)
    return low + 16 * Int(bytes[104 + part % 4] >> (part / 4 * 2) & 3) - 32
  }

  /// `scale * number - minimum` with both of 6 bits.
  private func scaled(_ part: Int, _ number: Float) -> Float {
    let packed = bytes[4..<16].map(Int.init)
    let (scale, minimum) =
      part < 4
      ? (packed[part] % 64, packed[part + 4] % 64)
      : (packed[part + 4] % 16 + packed[part - 4] / 64 * 16, packed[part + 4] / 16 + packed[part] / 64 * 16)
    return half(0) * Float(scale) * number - half(2) * Float(minimum)
  }

  private static func float8(_ bits: UInt8, exponentBits: Int, hasInfinities: Bool) -> Float {
    let mantissaBits = 7 - exponentBits
    let (mantissa, bias) = (Int(bits) % (1 << mantissaBits), (1 << (exponentBits - 1)) - 1)
    let exponent = Int(bits & 127) >> mantissaBits
    let sign: Float = bits < 128 ? 1 : -1
    let isTop = exponent == (1 << exponentBits) - 1
    if isTop, hasInfinities { return mantissa == 0 ? sign * .infinity : .nan }
    if isTop, mantissa == (1 << mantissaBits) - 1 { return .nan }
    let whole = exponent == 0 ? mantissa : mantissa + 1 << mantissaBits
    return sign * Float(sign: .plus, exponent: max(1, exponent) - bias - mantissaBits, significand: Float(whole))
  }
}
