/// A convolution of bytes: each tap of the window multiplies the map as it lies, moved by the tap's place, and the products add up in
/// the result. A pixel's channels are a row, each group of them with a step of its own.
struct ByteConvolution: PreparedConvolution {
  private let matrix: ByteMatrix

  /// - Parameter weight: `[outputs, inputs, height, width]`
  init(_ weight: StoredTensor) {
    matrix = ByteMatrix(weight)
  }

  func convolve(
    _ input: Tensor, after prologue: Prologue, _ geometry: ConvolutionGeometry, resultShape: [Int], _ epilogue: Epilogue
  ) -> Tensor {
    let x = prologue.applied(to: input)
    let (rows, columns, outputs) = (resultShape[1], resultShape[2], resultShape[3])
    let padded = x.padded(geometry.padding)
    let (sourceRows, sourceColumns) = (padded.shape[1], padded.shape[2])
    let source = ByteRows(padded)
    let width = PreparedMatrix.columnGranularity
    let panels = (outputs + width - 1) / width
    let lines = x.shape[0] * rows
    let block = ShiftedConvolution.linesPerBlock(lines: lines, columns: columns, panels: panels)
    return unsafe Tensor(shape: resultShape) { result in
      let target = result.baseAddress!
      Compute.pool.forEach((lines + block - 1) / block * panels) { piece in
        let range = piece / panels * block..<min(lines, (piece / panels + 1) * block)
        let used = piece % panels * width..<min(outputs, (piece % panels + 1) * width)
        for tap in 0..<geometry.height * geometry.width {
          let (down, across) = (tap / geometry.width, tap % geometry.width)
          for line in range {
            let row = line / rows * sourceRows + line % rows * geometry.stride + down
            source.withPlace(of: row * sourceColumns + across) { place in
              unsafe matrix.multiply(
                place, rowStep: geometry.stride, count: columns, tap: tap, columns: used,
                into: target + line * columns * outputs + used.lowerBound, targetStride: outputs, accumulating: tap > 0)
            }
          }
        }
        unsafe epilogue.apply(
          to: target, width: outputs, rows: range.lowerBound * columns..<range.upperBound * columns, columns: used)
      }
    }
  }
}
