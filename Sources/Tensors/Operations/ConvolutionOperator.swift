import KernelInterface

/// Rows and columns of zeros around a feature map.
package struct Padding: Sendable, Equatable {
  package var top: Int
  package var bottom: Int
  package var left: Int
  package var right: Int

  package init(top: Int, bottom: Int, left: Int, right: Int) {
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
  }

  package init(_ all: Int) { self.init(top: all, bottom: all, left: all, right: all) }

  /// diffusers' `Downsample2D(padding: 0)`: the autoencoders' encoders pad below and to the right only.
  package static let belowAndRight = Padding(top: 0, bottom: 1, left: 0, right: 1)
}

/// A two-dimensional convolution with its weights in the form that its kernel wants.
///
/// How it is computed is nobody else's business. Now: blocks of output pixels are gathered into rows of
/// `height x width x inputs` values (an implicit matrix) and multiplied with the weights.
package struct ConvolutionOperator: Sendable {
  package let inputs: Int
  package let outputs: Int
  private let height: Int
  private let width: Int
  private let stride: Int
  private let padding: Padding
  private let product: LinearOperator?
  private let weight: Tensor  // [outputs, height, width, inputs]
  private let bias: Tensor?

  /// Output pixels gathered at a time: the rows stay in the second-level cache.
  private static let blockBytes = 1 << 20

  /// - Parameters:
  ///   - weight: `[outputs, inputs, height, width]`, as checkpoints store it.
  ///   - bias: `[outputs]`
  package init(weight stored: StoredTensor, bias: StoredTensor?, stride: Int = 1, padding: Padding) {
    self.init(weight: stored.widened(), bias: bias?.widened(), stride: stride, padding: padding)
  }

  package init(weight: Tensor, bias: Tensor?, stride: Int = 1, padding: Padding) {
    precondition(weight.rank == 4, "ConvolutionOperator: weight \(weight.shape) has not four axes")
    outputs = weight.shape[0]
    inputs = weight.shape[1]
    height = weight.shape[2]
    width = weight.shape[3]
    self.stride = stride
    self.padding = padding
    let isProduct = height == 1 && width == 1 && stride == 1 && padding == Padding(0)
    product = isProduct ? LinearOperator(weight: weight, bias: bias) : nil
    self.weight = isProduct ? Tensor([]) : weight.channelsLast()
    self.bias = bias
  }

  /// `[batch, height, width, inputs]` to `[batch, height', width', outputs]`.
  package func callAsFunction(_ x: Tensor, _ epilogue: Epilogue = .none) -> Tensor {
    precondition(
      x.rank == 4 && x.shape[3] == inputs, "ConvolutionOperator: input \(x.shape) for \(inputs) channels, channels last"
    )
    if let product { return product(x, epilogue) }

    let (batch, rows, columns) = (x.shape[0], x.shape[1], x.shape[2])
    let outRows = (rows + padding.top + padding.bottom - height) / stride + 1
    let outColumns = (columns + padding.left + padding.right - width) / stride + 1
    precondition(outRows > 0 && outColumns > 0, "ConvolutionOperator: \(x.shape) is smaller than the kernel")
    let shape = [batch, outRows, outColumns, outputs]
    let epilogue = epilogue.joined(with: bias, resultShape: shape)

    let patch = height * width * inputs
    let pixels = batch * outRows * outColumns
    let block = max(32, ConvolutionOperator.blockBytes / 4 / patch)
    return unsafe Tensor(shape: shape) { result in
      let target = result.baseAddress!
      Compute.pool.forRanges(pixels, minimum: 16, piecesPerThread: max(2, pixels / block / Compute.pool.threadCount)) {
        range in
        unsafe withScratch(range.count * patch) { gathered in
          for (row, pixel) in range.enumerated() {
            let image = pixel / (outRows * outColumns)
            let place = pixel % (outRows * outColumns)
            let source = unsafe x.storage.base + image * rows * columns * inputs
            unsafe gather(
              source, rows: rows, columns: columns, top: place / outColumns * stride - padding.top,
              left: place % outColumns * stride - padding.left, into: gathered + row * patch)
          }
          unsafe multiplyTransposed(
            gathered, leftStride: patch, weight.storage.base, rightStride: patch,
            into: target + range.lowerBound * outputs, targetStride: outputs, rows: range.count, columns: outputs,
            depth: patch)
        }
        unsafe epilogue.apply(to: target, width: outputs, rows: range, columns: 0..<outputs)
      }
    }
  }

  /// Copies the patch whose upper left corner is at (`top`, `left`), with zeros outside the picture.
  private func gather(
    _ source: UnsafePointer<Float>, rows: Int, columns: Int, top: Int, left: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    for line in 0..<height {
      let row = top + line
      let start = unsafe target + line * width * inputs
      guard row >= 0, row < rows else {
        unsafe start.update(repeating: 0, count: width * inputs)
        continue
      }
      let first = max(0, -left)
      let last = min(width, columns - left)
      guard first < last else {
        unsafe start.update(repeating: 0, count: width * inputs)
        continue
      }
      unsafe start.update(repeating: 0, count: first * inputs)
      unsafe (start + first * inputs)
        .update(from: source + (row * columns + left + first) * inputs, count: (last - first) * inputs)
      unsafe (start + last * inputs).update(repeating: 0, count: (width - last) * inputs)
    }
  }
}
