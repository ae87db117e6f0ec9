/// The matrix of a linear layer (or of a 1x1 convolution) with its bias, ready for use: `y = x W' + b`.
package struct LinearOperator: Sendable {
  package let inputs: Int
  package let outputs: Int
  private let weight: Tensor  // [outputs, inputs]
  private let bias: Tensor?

  /// - Parameters:
  ///   - weight: `[outputs, inputs]`; trailing axes of extent 1, as 1x1 convolutions have, are ignored.
  ///   - bias: `[outputs]`
  package init(weight: StoredTensor, bias: StoredTensor?) {
    self.init(weight: weight.widened(), bias: bias?.widened())
  }

  package init(weight: Tensor, bias: Tensor?) {
    outputs = weight.shape[0]
    inputs = weight.shape.dropFirst().reduce(1, *)
    self.weight = weight.reshaped([outputs, inputs])
    self.bias = bias
    precondition(
      bias == nil || bias?.count == outputs, "LinearOperator: bias \(bias?.shape ?? []) for \(outputs) outputs")
  }

  /// `[..., inputs]` to `[..., outputs]`.
  package func callAsFunction(_ x: Tensor, _ epilogue: Epilogue = .none) -> Tensor {
    precondition(x.shape.last == inputs, "LinearOperator: input \(x.shape) for a matrix of \(inputs) columns")
    let shape = x.shape.dropLast() + [outputs]
    let epilogue = epilogue.joined(with: bias, resultShape: Array(shape))
    return unsafe Tensor(shape: Array(shape)) { result in
      unsafe multiply(x.storage.base, rows: x.count / inputs, into: result.baseAddress!, epilogue)
    }
  }

  /// Rows of `inputs` values at `source` to rows of `outputs` values at `target`.
  private func multiply(
    _ source: UnsafePointer<Float>, rows: Int, into target: UnsafeMutablePointer<Float>, _ epilogue: Epilogue
  ) {
    let tiles = Tiling(rows: rows, columns: outputs, threads: Compute.pool.threadCount)
    Compute.pool.forEach(tiles.count) { index in
      let (rows, columns) = tiles[index]
      unsafe multiplyTransposed(
        source + rows.lowerBound * inputs, leftStride: inputs,
        weight.storage.base + columns.lowerBound * inputs, rightStride: inputs,
        into: target + rows.lowerBound * outputs + columns.lowerBound, targetStride: outputs,
        rows: rows.count, columns: columns.count, depth: inputs)
      unsafe epilogue.apply(to: target, width: outputs, rows: rows, columns: columns)
    }
  }
}

/// A matrix product cut into pieces for the threads: blocks of rows, and of columns where rows are few.
struct Tiling {
  private let rows: Int
  private let columns: Int
  private let rowLength: Int
  private let columnLength: Int

  /// Rows a piece: many enough that OpenBLAS's packing of the matrix is repaid, few enough for the cache.
  private static let longest = 512
  private static let shortest = 32

  init(rows: Int, columns: Int, threads: Int) {
    self.rows = rows
    self.columns = columns
    let wanted = threads == 1 ? 1 : threads * 2
    rowLength = min(Tiling.longest, max(Tiling.shortest, (rows + wanted - 1) / wanted))
    let rowPieces = (rows + rowLength - 1) / rowLength
    let columnPieces = max(1, min((wanted + rowPieces - 1) / rowPieces, columns / 64))
    columnLength = ((columns + columnPieces - 1) / columnPieces + 15) / 16 * 16
  }

  private var columnPieces: Int { (columns + columnLength - 1) / columnLength }

  var count: Int { (rows + rowLength - 1) / rowLength * columnPieces }

  subscript(index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let row = index / columnPieces * rowLength
    let column = index % columnPieces * columnLength
    return (row..<min(rows, row + rowLength), column..<min(columns, column + columnLength))
  }
}
