/// Parts and other shapes of a stored tensor, over the same bytes.
extension StoredTensor {
  /// Rows `range` of the first axis: `[3 * width, inputs]` fused projections are cut into three this way.
  package func rows(_ range: Range<Int>) -> StoredTensor {
    precondition(!shape.isEmpty, "rows: a scalar has none")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape[0], "rows: \(range) is not within the rows of \(shape)")
    let width = Array(shape.dropFirst()).product * elementType.width
    return view([range.count] + shape.dropFirst(), bytes.part(range.lowerBound * width..<range.upperBound * width))
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
  package func reshaped(_ newShape: [Int]) -> StoredTensor { view(newShape, bytes) }

  private func view(_ newShape: [Int], _ part: SharedBytes) -> StoredTensor {
    var view = StoredTensor(shape: newShape, elementType: elementType, bytes: part)
    view.isTransient = isTransient
    return view
  }
}
