/// Parts and other shapes of a stored tensor, over the same bytes.
extension StoredTensor {
  /// Rows `range` of the first axis: `[3 * width, inputs]` fused projections are cut into three this way. Where blocks do not end with
  /// these rows they are computed in float32.
  package func rows(_ range: Range<Int>) -> StoredTensor {
    precondition(!shape.isEmpty, "rows: a scalar has none")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape[0], "rows: \(range) is not within the rows of \(shape)")
    let width = Array(shape.dropFirst()).product
    let part = [range.count] + shape.dropFirst()
    guard let start = elementType.bytes(for: range.lowerBound * width),
      let length = elementType.bytes(for: part.product)
    else {
      let (whole, values) = (self, range.lowerBound * width..<range.upperBound * width)
      return StoredTensor(shape: part) { whole.widened(values, shape: part) }
    }
    return view(
      part, bytes.part(start..<start + length), scales: scales?.advanced(by: range.lowerBound * width))
  }

  /// Rows of a `[rows, width]` table, widened, as an embedding looks them up: `[indices.count, width]`. Nothing else of the
  /// table is read.
  package func rows(at indices: [Int]) -> Tensor {
    precondition(shape.count == 2, "rows: \(shape) is not a table")
    precondition(indices.allSatisfy { $0 >= 0 && $0 < shape[0] }, "rows: an index lies outside \(shape)")
    let width = shape[1]
    return unsafe bytes.withBytes { raw in
      unsafe Tensor(shape: [indices.count, width]) { result in
        for (row, index) in indices.enumerated() where width > 0 {
          unsafe widen(raw, index * width..<(index + 1) * width, into: result.baseAddress! + row * width)
        }
      }
    }
  }

  /// The same values under another shape of as many elements.
  package func reshaped(_ newShape: [Int]) -> StoredTensor { view(newShape, bytes, scales: scales) }

  private func view(_ newShape: [Int], _ part: SharedBytes, scales: WeightScales?) -> StoredTensor {
    var view = StoredTensor(shape: newShape, elementType: elementType, bytes: part, scales: scales)
    view.isTransient = isTransient
    view.precision = precision
    return view
  }
}
