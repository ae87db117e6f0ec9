// Scalar loops that the compiler vectorises.

extension Kernels {
  package static func widenHalf(
    _ source: UnsafePointer<UInt16>, into target: UnsafeMutablePointer<Float>, count: Int
  ) {
    #if AVX512 || AVX2 || arch(arm64)
      // The processor's own conversion.
      let halves = unsafe UnsafeRawPointer(source).assumingMemoryBound(to: Float16.self)
      for index in 0..<count { unsafe target[index] = Float(halves[index]) }
    #else
      // Exponent and mantissa moved into float32's place are off by the difference of the biases, 2^112, subnormals too.
      let rebias = Float(bitPattern: (127 + 112) << 23)
      for index in 0..<count {
        let bits = UInt32(truncatingIfNeeded: unsafe source[index])
        let magnitude = Float(bitPattern: (bits & 0x7FFF) &<< 13) * rebias
        // Infinities and NaNs: all exponent bits.
        let special: UInt32 = (bits & 0x7C00) == 0x7C00 ? 0x7F80_0000 : 0
        unsafe target[index] = Float(bitPattern: magnitude.bitPattern | special | ((bits & 0x8000) &<< 16))
      }
    #endif
  }

  package static func widenBrainFloat(
    _ source: UnsafePointer<UInt16>, into target: UnsafeMutablePointer<Float>, count: Int
  ) {
    for index in 0..<count {
      unsafe target[index] = Float(bitPattern: UInt32(truncatingIfNeeded: source[index]) &<< 16)
    }
  }
}
