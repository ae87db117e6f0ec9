import KernelInterface

extension Tensor {
  /// The values as a file writes them.
  ///
  /// - Parameter type: One that ``canEncode(_:)`` allows; of blocks, the count of values is a whole number.
  package func encoded(as type: ElementType) -> [UInt8] {
    guard let size = type.bytes(for: count) else {
      preconditionFailure("encoded: \(shape) is no whole blocks of \(type.name)")
    }
    return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, used in
      used = size
      guard size > 0 else { return }
      let target = UnsafeMutableRawPointer(buffer.baseAddress!)
      unsafe withBuffer { source in
        let source = source.baseAddress!
        let (values, bytes) = (type.blockValues, type.blockBytes)
        Compute.pool.forRanges(count / values, minimum: max(1, 4096 / values)) { range in
          for block in range { unsafe encode(source + block * values, as: type, to: target + block * bytes) }
        }
      }
    }
  }

  /// Whether values can be written so.
  package static func canEncode(_ type: ElementType) -> Bool {
    switch type {
    case .float32, .float16, .bfloat16: true
    case .blocks(let format): [.q4, .q5, .q8, .q4K, .q6K, .float8E4M3].contains(format)
    }
  }
}

/// Writes one block.
private func encode(_ source: UnsafePointer<Float>, as type: ElementType, to target: UnsafeMutableRawPointer) {
  switch type {
  case .float32: unsafe target.storeBytes(of: source[0].bitPattern.littleEndian, as: UInt32.self)
  case .float16: unsafe storeHalf(source[0], to: target)
  case .bfloat16: unsafe target.storeBytes(of: bfloat16(source[0]).littleEndian, as: UInt16.self)
  case .blocks(.q4): unsafe encodeSigned(source, bits: 4, to: target)
  case .blocks(.q5): unsafe encodeSigned(source, bits: 5, to: target)
  case .blocks(.q8): unsafe encodeQ8(source, to: target)
  case .blocks(.q4K): unsafe encodeQ4K(source, to: target)
  case .blocks(.q6K): unsafe encodeQ6K(source, to: target)
  case .blocks(.float8E4M3): unsafe target.storeBytes(of: float8E4M3(source[0]), as: UInt8.self)
  case .blocks: preconditionFailure("encode: nothing writes \(type.name)")
  }
}

/// The nearest bfloat16, of two the even one.
private func bfloat16(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 64 }
  return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
}

/// The nearest number of that format, of two the even one; the largest for what is beyond.
private func float8E4M3(_ value: Float) -> UInt8 {
  let sign: UInt8 = value.sign == .minus ? 0x80 : 0
  if value.isNaN { return sign | 0x7F }
  let magnitude = min(value.magnitude, 448)
  // Multiples of 2^-9 below 2^-6, then eight steps an octave.
  let exponent = max(-6, Int(magnitude.exponent == .min ? -6 : magnitude.exponent))
  let steps = Int((magnitude * Float(sign: .plus, exponent: 3 - exponent, significand: 1)).rounded(.toNearestOrEven))
  return sign | UInt8(steps + (exponent + 6) * 8)
}

func storeHalf(_ value: Float, to target: UnsafeMutableRawPointer) {
  unsafe target.storeBytes(of: Float16(value).bitPattern.littleEndian, as: UInt16.self)
}
