/// What stored values are multiplied by: one number for all, or one for each block of a matrix, as 8-bit floats want it.
package struct WeightScales: Sendable {
  private let values: [Float]
  /// The extent of a block of the matrix; the last ones may be smaller.
  private let rowsPerScale: Int
  private let columnsPerScale: Int
  /// Columns of the matrix, and scales in each row of blocks.
  private let columns: Int
  private let scalesPerRow: Int
  /// Values of the matrix before the first that is scaled.
  private var offset = 0

  /// One number for all values.
  package init(_ value: Float) {
    values = [value]
    (rowsPerScale, columnsPerScale, columns, scalesPerRow) = (1, 1, 1, 1)
  }

  /// - Parameters:
  ///   - values: One or more, for blocks of `block` rows and columns of a matrix of so many `columns`, row by row.
  package init(_ values: [Float], block: (rows: Int, columns: Int), columns: Int) {
    self.values = values
    (rowsPerScale, columnsPerScale) = block
    self.columns = columns
    scalesPerRow = (columns + block.columns - 1) / block.columns
  }

  /// The scales of what begins `count` values further on.
  func advanced(by count: Int) -> WeightScales {
    var later = self
    later.offset += count
    return later
  }

  /// Multiplies values `range` of a tensor, in place.
  func scale(_ target: UnsafeMutablePointer<Float>, _ range: Range<Int>) {
    guard values.count > 1 else {
      for index in 0..<range.count { unsafe target[index] *= values[0] }
      return
    }
    var place = range.lowerBound
    while place < range.upperBound {
      let (row, column) = (place + offset).quotientAndRemainder(dividingBy: columns)
      let block = column / columnsPerScale
      let count = min(range.upperBound - place, min(columns, (block + 1) * columnsPerScale) - column)
      let factor = values[row / rowsPerScale * scalesPerRow + block]
      let start = unsafe target + (place - range.lowerBound)
      for index in 0..<count { unsafe start[index] *= factor }
      place += count
    }
  }
}
