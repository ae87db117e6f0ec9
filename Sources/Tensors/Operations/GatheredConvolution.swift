/// A 1x1 convolution: one matrix product over all pixels.
struct PointwiseConvolution: PreparedConvolution {
  private let product: LinearOperator

  /// - Parameter weight: `[outputs, inputs, 1, 1]`
  init(_ weight: Tensor) {
    product = LinearOperator(weight: weight, bias: nil)
  }

  func convolve(
    _ x: Tensor, _ map: FeatureMap, _ geometry: ConvolutionGeometry, resultShape: [Int], _ epilogue: Epilogue
  ) -> Tensor {
    product(x, epilogue)
  }
}

/// A convolution of any window: blocks of output pixels, each gathered into a row of `height x width x inputs` values.
struct GatheredConvolution: PreparedConvolution {
  private let matrix: PreparedMatrix

  /// Bytes of gathered rows at a time: about what the second-level cache holds.
  private static let blockBytes = 1 << 19

  /// - Parameter weight: `[outputs, inputs, height, width]`
  init(_ weight: Tensor) {
    matrix = PreparedMatrix(
      weight.channelsLast().reshaped([weight.shape[0], weight.shape[1] * weight.shape[2] * weight.shape[3]]))
  }

  func convolve(
    _ x: Tensor, _ map: FeatureMap, _ geometry: ConvolutionGeometry, resultShape: [Int], _ epilogue: Epilogue
  ) -> Tensor {
    let (outRows, outColumns, outputs) = (resultShape[1], resultShape[2], resultShape[3])
    let patch = matrix.depth
    let pixels = map.batch * outRows * outColumns
    let cached = max(12, GatheredConvolution.blockBytes / 4 / patch)
    let threads = Compute.pool.threadCount
    let block = max(12, min(cached, (pixels + 2 * threads - 1) / (2 * threads)) / 6 * 6)
    return unsafe Tensor(shape: resultShape) { result in
      let target = result.baseAddress!
      Compute.pool.forEach((pixels + block - 1) / block) { piece in
        let range = piece * block..<min(pixels, (piece + 1) * block)
        unsafe withScratch(range.count * patch) { gathered in
          for (row, pixel) in range.enumerated() {
            let place = pixel % (outRows * outColumns)
            let image = pixel / (outRows * outColumns)
            unsafe gather(
              x.storage.base + image * map.rows * map.columns * map.channels, map, geometry,
              top: place / outColumns * geometry.stride - geometry.padding.top,
              left: place % outColumns * geometry.stride - geometry.padding.left, into: gathered + row * patch)
          }
          unsafe matrix.multiply(
            gathered, leftStride: patch, into: target + range.lowerBound * outputs, targetStride: outputs,
            rows: range.count, columns: 0..<outputs)
        }
        unsafe epilogue.apply(to: target, width: outputs, rows: range, columns: 0..<outputs)
      }
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
