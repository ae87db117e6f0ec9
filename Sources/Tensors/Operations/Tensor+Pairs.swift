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
