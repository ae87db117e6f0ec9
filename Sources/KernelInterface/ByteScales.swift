/// What the bytes on both sides of a product stand for: left `(byte - zero) * step` with a zero and a step a row, right
/// `byte * step` with a step a column. The depth is cut into groups with scales of their own.
@safe package struct ByteScales {
  /// Words of a group; the last may be shorter.
  package let groupWords: Int
  /// The step of each row's first group, `rowStride` apart; those of a row's groups follow each other.
  package var rowSteps: UnsafePointer<Float>
  package var rowZeros: UnsafePointer<Int32>
  package let rowStride: Int
  /// The step of each column in the first group; the next group's lie `groupStride` further on.
  package var columnSteps: UnsafePointer<Float>
  /// The sum of each column's bytes, in the same order.
  package var columnSums: UnsafePointer<Int32>
  package let groupStride: Int

  package init(
    groupWords: Int, rowSteps: UnsafePointer<Float>, rowZeros: UnsafePointer<Int32>, rowStride: Int,
    columnSteps: UnsafePointer<Float>, columnSums: UnsafePointer<Int32>, groupStride: Int
  ) {
    self.groupWords = groupWords
    unsafe self.rowSteps = rowSteps
    unsafe self.rowZeros = rowZeros
    self.rowStride = rowStride
    unsafe self.columnSteps = columnSteps
    unsafe self.columnSums = columnSums
    self.groupStride = groupStride
  }
}
