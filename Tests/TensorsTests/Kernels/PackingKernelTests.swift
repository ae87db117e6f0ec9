import KernelInterface
import TestSupport
import Testing

/// Packing into panels only moves values: every one must arrive, and zeros fill the last panel's room.
@Suite struct PackingKernelTests {
  private static let columns = [1, 15, 16, 17, 63, 64, 65, 80, 128, 131]
  private static let depths = [1, 15, 16, 17, 31, 32, 33, 64, 75]

  /// What the definition says of a matrix whose value in column c and row d is `value(c, d)`.
  private func twin<Value>(
    _ kernels: any KernelSet.Type, columns: Int, depth: Int, zero: Value, _ value: (Int, Int) -> Value
  ) -> [Value] {
    let panel = kernels.panelWidth
    return stride(from: 0, to: columns, by: panel).flatMap { first in
      let width = kernels.paddedWidth(min(panel, columns - first))
      return (0..<depth).flatMap { row in
        (first..<first + width).map { $0 < columns ? value($0, row) : zero }
      }
    }
  }

  @Test(arguments: KernelCase.all, columns) func floats(_ instructions: KernelCase, columns: Int) {
    let kernels = instructions.kernels
    for depth in PackingKernelTests.depths {
      // A linear layer's matrix, and one tap of three.
      for taps in [1, 3] {
        let expected = twin(kernels, columns: columns, depth: depth, zero: Float(0)) {
          Float(($0 * depth + $1) * taps + taps - 1)
        }
        let source = GuardedValues((0..<columns * depth * taps).map { Float($0) })
        let target = GuardedValues(count: expected.count)
        unsafe kernels.packPanels(
          source.constant + taps - 1, columnStride: depth * taps, depthStride: taps, columns: columns, depth: depth,
          into: target.pointer)
        #expect(target.isIntact && target.values == expected, "\(columns) columns, depth \(depth), \(taps) taps")
      }
    }
  }

  /// At an even address that is no multiple of four.
  @Test(arguments: KernelCase.all, columns) func halves(_ instructions: KernelCase, columns: Int) {
    let kernels = instructions.kernels
    for depth in PackingKernelTests.depths {
      for taps in [1, 3] {
        let expected = twin(kernels, columns: columns, depth: depth, zero: UInt16(0)) {
          UInt16(truncatingIfNeeded: ($0 * depth + $1) * taps + taps)
        }
        let source = (0...columns * depth * taps).map { UInt16(truncatingIfNeeded: $0) }
        var target = [UInt16](repeating: 0xABCD, count: expected.count + 2)
        unsafe source.withUnsafeBufferPointer { source in
          unsafe target.withUnsafeMutableBufferPointer { target in
            unsafe kernels.packHalfPanels(
              source.baseAddress! + taps, columnStride: depth * taps, depthStride: taps, columns: columns,
              depth: depth, into: target.baseAddress! + 1)
          }
        }
        #expect(target == [0xABCD] + expected + [0xABCD], "\(columns) columns, depth \(depth), \(taps) taps")
      }
    }
  }
}
