import KernelInterface
import TestSupport
import Testing

/// The product with packed matrices.
@Suite struct PanelKernelTests {
  private struct Product {
    var rows: Int
    var columns: Int
    var depth: Int

    var left: [Float]
    /// `[columns, depth]`
    var right: [Float]

    init(rows: Int, columns: Int, depth: Int) {
      (self.rows, self.columns, self.depth) = (rows, columns, depth)
      var random = SeededRandom(seed: UInt64(rows + 100 * columns + 10_000 * depth))
      left = random.values(rows * depth)
      right = random.values(columns * depth)
    }

    /// By the kernels, the depth in two passes where `split` is not 0, the matrix laid out by rows or by columns.
    func compute(_ instructions: KernelCase, split: Int, transposed: Bool) -> [Float] {
      let kernels = instructions.kernels
      let laidOut =
        transposed
        ? right.indices.map { right[$0 % columns * depth + $0 / columns] } : right
      let (a, b) = (GuardedValues(left), GuardedValues(laidOut))
      let panel = kernels.panelWidth
      let wholes = columns / panel * panel
      let packed = GuardedValues(count: (wholes + (columns - wholes + 15) / 16 * 16) * depth)
      unsafe kernels.packPanels(
        b.constant, columnStride: transposed ? 1 : depth, depthStride: transposed ? columns : 1, columns: columns,
        depth: depth, into: packed.pointer)
      #expect(packed.isIntact && packed.values.allSatisfy { !$0.isNaN }, "packed to the last place and no further")
      // Rows with room between them, which stays as it is.
      let stride = columns + 3
      let target = GuardedValues([Float](repeating: 77, count: rows * stride))
      for range in [0..<split, split..<depth] where !range.isEmpty {
        unsafe kernels.multiplyPanels(
          a.constant + range.lowerBound, leftStride: depth, packed.constant, panelDepth: depth, depthRange: range,
          columns: columns, into: target.pointer, targetStride: stride, rows: rows, accumulating: range.lowerBound > 0)
      }
      #expect(target.isIntact && target.values.indices.allSatisfy { $0 % stride < columns || target.values[$0] == 77 })
      return target.values.indices.filter { $0 % stride < columns }.map { target.values[$0] }
    }
  }

  /// Up to two whole panels of 64 and a part, and every number of rows that a tile may have left over. Sums of up to 40
  /// products below 1 round to some 40 * 2^-24.
  @Test(arguments: KernelCase.all, [1, 2, 3, 5, 15, 16, 17, 31, 33, 48, 63, 64, 65, 80, 97, 128, 131])
  func everyShape(_ instructions: KernelCase, columns: Int) {
    for rows in 1...13 {
      for depth in [1, 2, 15, 16, 40] {
        let product = Product(rows: rows, columns: columns, depth: depth)
        let expected = Twin.product(product.left, product.right, inputs: depth, outputs: columns)
        for (split, transposed) in [(0, false), (depth / 2, true)] {
          let found = product.compute(instructions, split: split, transposed: transposed)
          expectClose(found, expected, absolute: 4e-6, "\(rows) rows, depth \(depth), split \(split)")
        }
      }
    }
  }
}
