import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct RotationKernelTests {
  /// Two products and a sum of values below 2, each rounded once: 3e-7.
  @Test(arguments: KernelCase.all, 1...35) func pairs(_ instructions: KernelCase, half: Int) {
    var random = SeededRandom(seed: UInt64(half))
    let (heads, width) = (3, 2 * half)
    let values = random.values(heads * width, in: -2...2)
    let angles = random.values(half, in: -10...10)
    let cosines = GuardedValues(angles.map { Float(cos(Double($0))) })
    let sines = GuardedValues(angles.map { Float(sin(Double($0))) })
    for isInterleaved in [false, true] {
      let expected = Twin.rotary(values, width: width, isInterleaved: isInterleaved) { Double(angles[$1]) }
      for isInPlace in [false, true] {
        let source = GuardedValues(values)
        let target = isInPlace ? source : GuardedValues(count: values.count)
        unsafe instructions.kernels.rotatePairs(
          source.constant, into: target.pointer, heads: heads, width: width, cosines: cosines.constant,
          sines: sines.constant, interleaved: isInterleaved)
        expectClose(target.values, expected, absolute: 1e-6, "interleaved \(isInterleaved), in place \(isInPlace)")
        #expect(source.isIntact && target.isIntact)
      }
    }
  }
}
