/// The matrix of a linear layer (or of a 1x1 convolution) with its bias, ready for use: `y = x W' + b`.
package struct LinearOperator: Sendable {
  package let inputs: Int
  package let outputs: Int
  private let matrix: OperatorMatrix
  private let bias: Tensor?

  /// - Parameters:
  ///   - weight: `[outputs, inputs]`; trailing axes of extent 1, as 1x1 convolutions have, are ignored.
  ///   - bias: `[outputs]`
  package init(weight: StoredTensor, bias: StoredTensor?) {
    outputs = weight.shape[0]
    inputs = weight.shape.dropFirst().reduce(1, *)
    matrix = OperatorMatrix(weight.reshaped([outputs, inputs]))
    self.bias = bias?.widened()
    precondition(
      bias == nil || bias?.shape == [outputs], "LinearOperator: bias \(bias?.shape ?? []) for \(outputs) outputs")
  }

  package init(weight: Tensor, bias: Tensor?) {
    self.init(weight: StoredTensor(viewing: weight), bias: bias.map { StoredTensor(viewing: $0) })
  }

  /// `[..., inputs]` to `[..., outputs]`.
  package func callAsFunction(_ x: Tensor, _ epilogue: Epilogue = .none) -> Tensor {
    precondition(x.shape.last == inputs, "LinearOperator: input \(x.shape) for a matrix of \(inputs) columns")
    let shape = Array(x.shape.dropLast() + [outputs])
    let epilogue = epilogue.joined(with: bias, resultShape: shape)
    return Compute.measured(.linear, operations: 2 * Double(x.count * outputs)) {
      let matrix = matrix.prepared()
      return unsafe Tensor(shape: shape) { result in
        let target = result.baseAddress!
        let tiles = Tiling(rows: x.count / inputs, columns: outputs, threads: Compute.pool.threadCount)
        Compute.pool.forEach(tiles.count) { index in
          let (rows, all) = tiles[index]
          // A few panels at a time, whose results are still near when the epilogue comes.
          for first in stride(from: all.lowerBound, to: all.upperBound, by: 2 * PreparedMatrix.columnGranularity) {
            let columns = first..<min(all.upperBound, first + 2 * PreparedMatrix.columnGranularity)
            unsafe matrix.multiply(
              x.storage.base + rows.lowerBound * inputs, leftStride: inputs,
              into: target + rows.lowerBound * outputs + columns.lowerBound, targetStride: outputs, rows: rows.count,
              columns: columns)
            unsafe epilogue.apply(to: target, width: outputs, rows: rows, columns: columns)
          }
        }
      }
    }
  }
}

extension LinearOperator {
  /// `[..., inputs]` to `[..., outputs / 2]`: the first half of the outputs times the GELU of the second (Shazeer 2020, GEGLU).
  package func gatedGELU(_ x: Tensor) -> Tensor {
    precondition(
      x.shape.last == inputs && outputs % 2 == 0,
      "gatedGELU: input \(x.shape) for \(inputs) columns, \(outputs) outputs")
    let width = outputs / 2
    let panel = PreparedMatrix.columnGranularity
    // The second half has panels of its own only where the first ends with a whole one.
    guard width % panel == 0 else { return self(x).gatedGELU() }
    let epilogue = Epilogue.none.joined(with: bias, resultShape: [outputs])
    return Compute.measured(.linear, operations: 2 * Double(x.count * outputs)) {
      let matrix = matrix.prepared()
      return unsafe Tensor(shape: x.shape.dropLast() + [width]) { result in
        let target = result.baseAddress!
        let tiles = Tiling(rows: x.count / inputs, columns: width, threads: Compute.pool.threadCount)
        Compute.pool.forEach(tiles.count) { index in
          let (rows, all) = tiles[index]
          unsafe withScratch(rows.count * 2 * panel) { halves in
            for first in stride(from: all.lowerBound, to: all.upperBound, by: panel) {
              for (place, column) in [(0, first), (panel, width + first)] {
                unsafe matrix.multiply(
                  x.storage.base + rows.lowerBound * inputs, leftStride: inputs, into: halves + place,
                  targetStride: 2 * panel, rows: rows.count, columns: column..<column + panel)
                unsafe epilogue.apply(
                  toRowsAt: halves + place, stride: 2 * panel, count: rows.count, columns: column..<column + panel)
              }
              unsafe Compute.kernels.gatedGELU(
                halves, into: target + rows.lowerBound * width + first, rows: rows.count, width: panel, stride: width)
            }
          }
        }
      }
    }
  }
}

/// A matrix product cut into pieces for the threads: few blocks of rows, since each reads the weights again, and where
/// these are too few, blocks of columns.
struct Tiling {
  private let rows: Int
  private let columns: Int
  private let rowLength: Int
  private let columnLength: Int

  /// Rows a piece: few enough that they stay in the second-level cache while the columns pass.
  private static let longest = 192
  private static let shortest = 24
  private static let piecesPerThread = 4

  init(rows: Int, columns: Int, threads: Int) {
    self.rows = rows
    self.columns = columns
    let granularity = PreparedMatrix.columnGranularity
    let panels = (columns + granularity - 1) / granularity
    let wanted = threads == 1 ? 1 : threads * Tiling.piecesPerThread
    let rowPieces = max((rows + Tiling.longest - 1) / Tiling.longest, (wanted + panels - 1) / panels)
    let even = (rows + rowPieces - 1) / rowPieces
    rowLength = max(Tiling.shortest, (even + 5) / 6 * 6)
    // Small pieces of columns cost nothing, and even out what the threads do.
    let columnPieces = rowPieces >= wanted ? 1 : min(panels, 2 * (wanted + rowPieces - 1) / rowPieces)
    columnLength = (panels + columnPieces - 1) / columnPieces * granularity
  }

  private var columnPieces: Int { (columns + columnLength - 1) / columnLength }

  var count: Int { (rows + rowLength - 1) / rowLength * columnPieces }

  subscript(index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let row = index / columnPieces * rowLength
    let column = index % columnPieces * columnLength
    return (row..<min(rows, row + rowLength), column..<min(columns, column + columnLength))
  }
}
