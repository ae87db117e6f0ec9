/// Parts and other shapes of a stored tensor, over the same bytes.
extension StoredTensor {
  /// Rows `range` of the first axis: `[3 * width, inputs]` fused projections are cut into three this way.
  package func rows(_ range: Range<Int>) -> StoredTensor {
    precondition(!shape.isEmpty, "rows: a scalar has none")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape[0], "rows: \(range) is not within the rows of \(shape)")
    let width = Array(shape.dropFirst()).product * elementType.width
    return StoredTensor(
      shape: [range.count] + shape.dropFirst(), elementType: elementType,
      bytes: bytes.part(range.lowerBound * width..<range.upperBound * width))
  }

  /// The same values under another shape of as many elements.
  package func reshaped(_ newShape: [Int]) -> StoredTensor {
    StoredTensor(shape: newShape, elementType: elementType, bytes: bytes)
  }
}

extension SharedBytes {
  /// The bytes in `range`, kept by the same owner.
  package func part(_ range: Range<Int>) -> SharedBytes {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "part: \(range) is not within 0..<\(count)")
    return unsafe SharedBytes(UnsafeRawBufferPointer(rebasing: buffer[range]), owner: owner)
  }
}
