import KernelInterface
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct ConversionTests {
  /// The value of a binary16 pattern by its definition (IEEE 754-2019, 3.4).
  static func half(_ bits: UInt16) -> Double {
    let sign = bits >> 15 == 0 ? 1.0 : -1.0
    let exponent = Int32(bits >> 10 & 31)
    let fraction = Double(bits & 1023)
    return switch exponent {
    case 0: sign * scalbn(fraction, -24)
    case 31: fraction == 0 ? sign * .infinity : .nan
    default: sign * scalbn(1024 + fraction, exponent - 25)
    }
  }

  static let allPatterns = Array(UInt16.min...UInt16.max)

  @Test(arguments: KernelCase.all) func everyHalfIsExact(_ instructions: KernelCase) {
    let target = GuardedValues(count: 1 << 16)
    unsafe ConversionTests.allPatterns.withUnsafeBufferPointer { source in
      unsafe instructions.kernels.widenHalf(source.baseAddress!, into: target.pointer, count: source.count)
    }
    for (pattern, value) in zip(ConversionTests.allPatterns, target.values) {
      let expected = Float(ConversionTests.half(pattern))
      let agrees = expected.isNaN ? value.isNaN : value.bitPattern == expected.bitPattern
      if !agrees { Issue.record("\(String(pattern, radix: 16)) became \(value); expected \(expected)") }
    }
    #expect(target.isIntact)
  }

  @Test(arguments: KernelCase.all) func everyBrainFloatIsExact(_ instructions: KernelCase) {
    let target = GuardedValues(count: 1 << 16)
    unsafe ConversionTests.allPatterns.withUnsafeBufferPointer { source in
      unsafe instructions.kernels.widenBrainFloat(source.baseAddress!, into: target.pointer, count: source.count)
    }
    let expected = ConversionTests.allPatterns.map { UInt32($0) << 16 }
    #expect(target.values.map(\.bitPattern) == expected)
  }

  /// Two bytes beyond an aligned address and at every length: a vector's worth of elements, its rest and nothing.
  @Test(arguments: KernelCase.all, KernelCase.lengths) func lengths(_ instructions: KernelCase, count: Int) {
    let patterns = Array(ConversionTests.allPatterns[15_331..<15_331 + count + 1])
    let (halves, brains) = (GuardedValues(count: count), GuardedValues(count: count))
    unsafe patterns.withUnsafeBufferPointer { source in
      let start = unsafe source.baseAddress! + 1
      unsafe instructions.kernels.widenHalf(start, into: halves.pointer, count: count)
      unsafe instructions.kernels.widenBrainFloat(start, into: brains.pointer, count: count)
    }
    #expect(halves.values == patterns.dropFirst().map { Float(ConversionTests.half($0)) })
    #expect(brains.values == patterns.dropFirst().map { Float(bitPattern: UInt32($0) << 16) })
    #expect(halves.isIntact && brains.isIntact)
  }
}
