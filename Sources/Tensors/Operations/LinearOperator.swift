/// The matrix of a linear layer (or of a 1x1 convolution) with its bias, ready for use: `y = x W' + b`.
package struct LinearOperator: Sendable {
  package let inputs: Int
  package let outputs: Int
  /// How it multiplies.
  package let precision: Precision
  private let matrix: OperatorMatrix
  private let bias: Tensor?
  private let weightTraffic: Int

  /// - Parameters:
  ///   - weight: `[outputs, inputs]`; trailing axes of extent 1, as 1x1 convolutions have, are ignored.
  ///   - bias: `[outputs]`
  package init(weight: StoredTensor, bias: StoredTensor?) {
    outputs = weight.shape[0]
    inputs = weight.shape.dropFirst().reduce(1, *)
    precision = weight.precision
    weightTraffic = weight.trafficCount
    matrix = OperatorMatrix(weight.reshaped([outputs, inputs]))
    self.bias = bias?.widened()
    precondition(
      bias == nil || bias?.shape == [outputs], "LinearOperator: bias \(bias?.shape ?? []) for \(outputs) outputs")
  }

  package init(weight: Tensor, bias: Tensor?) {
    self.init(weight: StoredTensor(viewing: weight), bias: bias.map { StoredTensor(viewing: $0) })
  }

  /// Has the system fetch the matrix from its file, where that is read at each call.
  package func prefetch() { matrix.prefetch() }

  /// `[..., inputs]` to `[..., outputs]`.
  package func callAsFunction(_ x: Tensor, _ epilogue: Epilogue = .none) -> Tensor {
    precondition(x.shape.last == inputs, "LinearOperator: input \(x.shape) for a matrix of \(inputs) columns")
    let shape = Array(x.shape.dropLast() + [outputs])
    let epilogue = epilogue.joined(with: bias, resultShape: shape)
    return Compute.measured(
      .linear, operations: 2 * Double(x.count * outputs), reading: x.count + weightTraffic
    ) {
      let matrix = matrix.prepared()
      let input = matrix.input(x)
      return unsafe Tensor(shape: shape) { result in
        let target = result.baseAddress!
        let tiles = Tiling(
          rows: x.count / inputs, columns: outputs, threads: Compute.pool.threadCount, longest: matrix.sharingRows)
        Compute.pool.forEach(tiles.count) { index in
          let (rows, all) = tiles[index]
          matrix.withRows(input, rows) { left in
            // A few panels at a time, whose results are still near when the epilogue comes.
            for first in stride(from: all.lowerBound, to: all.upperBound, by: 2 * PreparedMatrix.columnGranularity) {
              let columns = first..<min(all.upperBound, first + 2 * PreparedMatrix.columnGranularity)
              unsafe matrix.multiply(
                left, into: target + rows.lowerBound * outputs + columns.lowerBound, targetStride: outputs,
                rows: rows.count, columns: columns)
              unsafe epilogue.apply(to: target, width: outputs, rows: rows, columns: columns)
            }
          }
        }
      }
    }
  }
}

extension LinearOperator {
  /// `[..., inputs]` to `[..., outputs / 2]`: the first half of the outputs times the GELU of the second (Shazeer 2020, GEGLU).
  package func gatedGELU(_ x: Tensor) -> Tensor {
    // The second half has panels of its own only where the first ends with a whole one.
    guard outputs / 2 % PreparedMatrix.columnGranularity == 0 else { return self(x).gatedGELU() }
    return gated(x, gate: .gelu)
  }

  /// `[..., inputs]` to `[..., outputs / 2]`: the SiLU of the first half of the outputs times the second (Shazeer 2020, SwiGLU).
  package func gatedSiLU(_ x: Tensor) -> Tensor {
    guard outputs / 2 % PreparedMatrix.columnGranularity == 0 else { return self(x).gatedSiLU() }
    return gated(x, gate: .silu)
  }

  /// `[..., inputs]` to `[..., outputs]`: `silu(self(x)) * other(x)`, SwiGLU with a matrix for each half.
  package func gatedSiLU(_ x: Tensor, times other: LinearOperator) -> Tensor {
    precondition(
      x.shape.last == inputs && other.inputs == inputs && other.outputs == outputs && other.precision == precision,
      "gatedSiLU: input \(x.shape) for matrices of \([outputs, inputs]) and \([other.outputs, other.inputs])")
    return gated(x, width: outputs, halves: [Half(self), Half(other)], gate: .silu)
  }

  private enum Gate { case gelu, silu }

  /// One of the two products that meet: a matrix from some column on, with its bias.
  private struct Half {
    let matrix: OperatorMatrix
    let epilogue: Epilogue
    let start: Int

    init(_ linear: LinearOperator, start: Int = 0) {
      matrix = linear.matrix
      epilogue = Epilogue.none.joined(with: linear.bias, resultShape: [linear.outputs])
      self.start = start
    }
  }

  private func gated(_ x: Tensor, gate: Gate) -> Tensor {
    precondition(
      x.shape.last == inputs && outputs % 2 == 0, "gated: input \(x.shape) for \(inputs) columns, \(outputs) outputs")
    return gated(x, width: outputs / 2, halves: [Half(self), Half(self, start: outputs / 2)], gate: gate)
  }

  /// Both products of a few rows and a panel at a time, which meet before anything is written.
  private func gated(_ x: Tensor, width: Int, halves: [Half], gate: Gate) -> Tensor {
    let panel = PreparedMatrix.columnGranularity
    return Compute.measured(
      .linear, operations: 4 * Double(x.count * width), reading: x.count + weightTraffic
    ) {
      let first = halves[0].matrix.prepared()
      let parts = [
        (half: halves[0], matrix: first),
        (half: halves[1], matrix: halves[1].start > 0 ? first : halves[1].matrix.prepared()),
      ]
      let input = first.input(x)
      return unsafe Tensor(shape: x.shape.dropLast() + [width]) { result in
        let target = result.baseAddress!
        let tiles = Tiling(
          rows: x.count / inputs, columns: width, threads: Compute.pool.threadCount,
          longest: parts.map(\.matrix.sharingRows).max() ?? PreparedMatrix.packedRows)
        Compute.pool.forEach(tiles.count) { index in
          let (rows, all) = tiles[index]
          first.withRows(input, rows) { left in
            unsafe withScratch(rows.count * 2 * panel) { products in
              for first in stride(from: all.lowerBound, to: all.upperBound, by: panel) {
                let used = min(panel, all.upperBound - first)
                for (number, part) in parts.enumerated() {
                  let columns = part.half.start + first..<part.half.start + first + used
                  let place = unsafe products + number * panel
                  unsafe part.matrix.multiply(
                    left, into: place, targetStride: 2 * panel, rows: rows.count, columns: columns)
                  unsafe part.half.epilogue.apply(
                    toRowsAt: place, stride: 2 * panel, count: rows.count, columns: columns)
                }
                let place = unsafe target + rows.lowerBound * width + first
                switch gate {
                case .gelu:
                  unsafe Compute.kernels.gatedGELU(products, into: place, rows: rows.count, width: panel, stride: width)
                case .silu:
                  unsafe Compute.kernels.gatedSiLU(
                    products, products + panel, sourceStride: 2 * panel, into: place, targetStride: width,
                    rows: rows.count, width: used)
                }
              }
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

  private static let shortest = 24
  private static let piecesPerThread = 4

  /// - Parameter longest: Rows of a piece at most.
  init(rows: Int, columns: Int, threads: Int, longest: Int = PreparedMatrix.packedRows) {
    self.rows = rows
    self.columns = columns
    let granularity = PreparedMatrix.columnGranularity
    let panels = (columns + granularity - 1) / granularity
    let wanted = threads == 1 ? 1 : threads * Tiling.piecesPerThread
    let rowPieces = max((rows + longest - 1) / longest, (wanted + panels - 1) / panels)
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
