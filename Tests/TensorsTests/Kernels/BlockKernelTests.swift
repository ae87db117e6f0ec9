import KernelInterface
import TestSupport
import Testing

@Suite struct BlockKernelTests {
  /// Any bytes are a block. Sums and products are those of the twin to the last bit, but that NaNs are NaNs.
  @Test(arguments: KernelCase.all, BlockFormat.allCases)
  func anyBytes(_ instructions: KernelCase, format: BlockFormat) {
    var random = SeededRandom(seed: stableHash(format.rawValue))
    for count in format.values == 1 ? [0, 1, 15, 16, 37, 600] : [0, 1, 2, 40] {
      // At an odd address.
      let bytes = (0..<1 + count * format.bytes).map { _ in UInt8.random(in: 0...255, using: &random) }
      let target = GuardedValues(count: count * format.values)
      unsafe bytes.withUnsafeBytes { source in
        unsafe instructions.kernels.widenBlocks(
          source.baseAddress! + 1, of: format, into: target.pointer, count: count)
      }
      let expected = (0..<count).flatMap { block in
        let start = 1 + block * format.bytes
        let twin = BlockTwin(format: format, bytes: Array(bytes[start..<start + format.bytes]))
        return (0..<format.values).map { twin.value($0) }
      }
      let different = zip(target.values, expected).filter { $0.isNaN ? !$1.isNaN : $0.bitPattern != $1.bitPattern }
      #expect(different.isEmpty && target.isIntact, "\(count) blocks")
    }
  }

  /// All numbers of 8 bits.
  @Test(arguments: KernelCase.all, [BlockFormat.float8E4M3, .float8E5M2])
  func everyByte(_ instructions: KernelCase, format: BlockFormat) {
    let target = GuardedValues(count: 256)
    let bytes = Array(UInt8.min...UInt8.max)
    unsafe bytes.withUnsafeBytes { source in
      unsafe instructions.kernels.widenBlocks(source.baseAddress!, of: format, into: target.pointer, count: 256)
    }
    for (byte, value) in zip(bytes, target.values) {
      let expected = BlockTwin(format: format, bytes: [byte]).value(0)
      #expect(expected.isNaN ? value.isNaN : value.bitPattern == expected.bitPattern, "\(byte)")
    }
  }

  /// Sixteen rows become columns, a window's taps apart.
  @Test(arguments: KernelCase.all, [(1, 1), (16, 1), (37, 1), (5, 9), (16, 9), (48, 3)])
  func transposes(_ instructions: KernelCase, _ sizes: (channels: Int, taps: Int)) {
    let (channels, taps) = sizes
    let (depth, stride, width, lines) = (channels * taps, channels * taps + 3, 48, channels + 2)
    let source = GuardedValues((0..<16 * stride).map(Float.init))
    let target = GuardedValues([Float](repeating: -1, count: taps * lines * width))
    unsafe instructions.kernels.transposeIntoPanel(
      source.constant, sourceStride: stride, channels: channels, taps: taps, tapLines: lines,
      into: target.pointer + 16, width: width)
    var expected = [Float](repeating: -1, count: taps * lines * width)
    for row in 0..<16 {
      for place in 0..<depth {
        expected[(place % taps * lines + place / taps) * width + 16 + row] = Float(row * stride + place)
      }
    }
    #expect(target.values == expected && target.isIntact)
  }
}
