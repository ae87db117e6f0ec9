/// A 1x1 convolution: one matrix product over all pixels.
struct PointwiseConvolution: PreparedConvolution {
  private let product: LinearOperator

  /// - Parameter weight: `[outputs, inputs, 1, 1]`
  init(_ weight: StoredTensor) {
    product = LinearOperator(weight: weight, bias: nil)
  }

  func convolve(
    _ input: Tensor, after prologue: Prologue, _ geometry: ConvolutionGeometry, resultShape: [Int], _ epilogue: Epilogue
  ) -> Tensor {
    product(prologue.applied(to: input), epilogue)
  }
}

/// A convolution of any window: output pixels, each gathered into a row of `height x width x inputs` values, times the
/// weights.
struct GatheredConvolution: PreparedConvolution {
  private let matrix: PreparedMatrix

  /// Bytes of gathered rows at a time.
  private static let blockBytes = 4 << 20
  /// Rows that share a pass over the weights: many enough to repay reading them.
  private static let rowBounds = 48...192

  /// - Parameter weight: `[outputs, inputs, height, width]`
  init(_ weight: StoredTensor) {
    matrix = PreparedMatrix(weight)
  }

  func convolve(
    _ input: Tensor, after prologue: Prologue, _ geometry: ConvolutionGeometry, resultShape: [Int], _ epilogue: Epilogue
  ) -> Tensor {
    let x = prologue.applied(to: input)
    let map = FeatureMap(x.shape)
    let (patch, outputs) = (matrix.depth, resultShape[3])
    let pixels = resultShape.dropLast().reduce(1, *)
    let bounds = GatheredConvolution.rowBounds
    let block = min(bounds.upperBound, max(bounds.lowerBound, GatheredConvolution.blockBytes / 4 / patch / 6 * 6))
    let blocks = (pixels + block - 1) / block
    let isFewBlocks = blocks < 2 * Compute.pool.threadCount
    return unsafe Tensor(shape: resultShape) { result in
      let target = result.baseAddress!
      if isFewBlocks {
        // All rows first, then the threads share the columns too.
        unsafe withScratch(pixels * patch) { gathered in
          Compute.pool.forRanges(pixels) { range in
            unsafe gather(x, map, geometry, resultShape, range, into: gathered + range.lowerBound * patch)
          }
          let tiles = Tiling(rows: pixels, columns: outputs, threads: Compute.pool.threadCount)
          Compute.pool.forEach(tiles.count) { index in
            let (rows, columns) = tiles[index]
            unsafe matrix.multiply(
              gathered + rows.lowerBound * patch, leftStride: patch,
              into: target + rows.lowerBound * outputs + columns.lowerBound,
              targetStride: outputs, rows: rows.count, columns: columns)
            unsafe epilogue.apply(to: target, width: outputs, rows: rows, columns: columns)
          }
        }
      } else {
        Compute.pool.forEach(blocks) { piece in
          let range = piece * block..<min(pixels, (piece + 1) * block)
          unsafe withScratch(range.count * patch) { gathered in
            unsafe gather(x, map, geometry, resultShape, range, into: gathered)
            unsafe matrix.multiply(
              gathered, leftStride: patch, into: target + range.lowerBound * outputs, targetStride: outputs,
              rows: range.count, columns: 0..<outputs)
          }
          unsafe epilogue.apply(to: target, width: outputs, rows: range, columns: 0..<outputs)
        }
      }
    }
  }

  /// A row for each output pixel of `range`.
  private func gather(
    _ x: Tensor, _ map: FeatureMap, _ geometry: ConvolutionGeometry, _ resultShape: [Int], _ range: Range<Int>,
    into target: UnsafeMutablePointer<Float>
  ) {
    let (outRows, outColumns) = (resultShape[1], resultShape[2])
    for (row, pixel) in range.enumerated() {
      let place = pixel % (outRows * outColumns)
      let image = pixel / (outRows * outColumns)
      unsafe gather(
        x.storage.base + image * map.rows * map.columns * map.channels, map, geometry,
        top: place / outColumns * geometry.stride - geometry.padding.top,
        left: place % outColumns * geometry.stride - geometry.padding.left, into: target + row * matrix.depth)
    }
  }

  /// Copies the window whose upper left corner is at (`top`, `left`), with zeros outside the picture.
  private func gather(
    _ source: UnsafePointer<Float>, _ map: FeatureMap, _ geometry: ConvolutionGeometry, top: Int, left: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    let length = geometry.width * map.channels
    let first = min(geometry.width, max(0, -left))
    let last = max(first, min(geometry.width, map.columns - left))
    for line in 0..<geometry.height {
      let row = top + line
      let start = unsafe target + line * length
      guard row >= 0, row < map.rows else {
        unsafe start.update(repeating: 0, count: length)
        continue
      }
      unsafe start.update(repeating: 0, count: first * map.channels)
      unsafe (start + first * map.channels)
        .update(from: source + (row * map.columns + left + first) * map.channels, count: (last - first) * map.channels)
      unsafe (start + last * map.channels).update(repeating: 0, count: (geometry.width - last) * map.channels)
    }
  }
}
