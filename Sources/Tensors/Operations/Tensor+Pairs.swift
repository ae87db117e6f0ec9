extension Tensor {
  /// Rows rounded to bfloat16, two values a word, as products of these want them: `[batch, rows, words]`, each in a float's place.
  ///
  /// - Parameter counts: For each batch entry, how many values of its rows count; what follows is not written.
  func paired(_ counts: [Int]) -> Tensor {
    let (rows, width) = (shape[1], shape[2])
    let words = (width + 1) / 2
    return unsafe Tensor(shape: [shape[0], rows, words]) { result in
      let target = result.baseAddress!
      for (entry, count) in counts.enumerated() {
        Compute.pool.forRanges(rows, minimum: 16) { range in
          let first = entry * rows + range.lowerBound
          unsafe Compute.kernels.roundToPairs(
            storage.base + first * width, stride: width, rows: range.count, width: count,
            into: (target + first * words).words, targetStride: words)
        }
      }
    }
  }
}

extension Precision {
  /// Places of four bytes that so many values take on their way into a product.
  func places(_ values: Int) -> Int { self == .bfloat16 ? (values + 1) / 2 : values }

  /// A product of rows and one panel on the calling thread: both of float32, or both of pairs; bytes meet in ``ByteMatrix``. Strides of `left` and the depth count places
  /// of four bytes.
  func multiplyPanel(
    _ left: UnsafePointer<Float>, leftStride: Int, _ panel: UnsafePointer<Float>, depth: Int, columns: Int,
    into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int, accumulating: Bool
  ) {
    precondition(self != .int8, "multiplyPanel: of bytes")
    switch self {
    case .float32, .int8:
      unsafe Compute.kernels.multiplyPanels(
        left, leftStride: leftStride, panel, panelDepth: depth, depthRange: 0..<depth, columns: columns, into: target,
        targetStride: targetStride, rows: rows, accumulating: accumulating)
    case .bfloat16:
      unsafe Compute.kernels.multiplyPairPanels(
        left.words, leftStride: leftStride, panel.words, panelDepth: depth, depthRange: 0..<depth, columns: columns,
        into: target, targetStride: targetStride, rows: rows, accumulating: accumulating)
    }
  }
}
