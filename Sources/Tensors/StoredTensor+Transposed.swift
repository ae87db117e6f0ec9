extension StoredTensor {
  /// A matrix with rows and columns exchanged; a copy in float32.
  package func transposed() -> StoredTensor {
    precondition(shape.count == 2, "transposed: \(shape) is no matrix")
    let columnsFirst = widened().reshaped([1, shape[0], 1, shape[1]]).channelsFirst()
    return StoredTensor(viewing: columnsFirst.reshaped([shape[1], shape[0]]))
  }
}
