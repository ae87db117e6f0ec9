/// A convolution without gathered rows: each tap of the window multiplies the map as it lies, moved by the tap's place, and
/// the products add up in the result. Every panel of weights is read, and widened, once for many pixels.
struct ShiftedConvolution: PreparedConvolution {
  private let matrix: PreparedMatrix
  private let precision: Precision
  /// Whether the map and the panels meet as pairs of bfloat16.
  private var isPaired: Bool { precision == .bfloat16 }

  /// Channels of a pass at most: a block of pixels and the panel then share the second-level cache.
  private static let passChannels = 768
  /// The same where all taps of a pass are widened together.
  private static let windowPassChannels = 128
  /// Pixels that share a panel's passes.
  private static let pixelBounds = 48...512
  private static let piecesPerThread = 4

  /// - Parameter weight: `[outputs, inputs, height, width]`
  init(_ weight: StoredTensor) {
    matrix = PreparedMatrix(weight)
    precision = weight.precision.besideBytes
  }

  func convolve(
    _ input: Tensor, after prologue: Prologue, _ geometry: ConvolutionGeometry, resultShape: [Int], _ epilogue: Epilogue
  ) -> Tensor {
    let x = prologue.applied(to: input)
    let (rows, columns, outputs) = (resultShape[1], resultShape[2], resultShape[3])
    let padded = x.padded(geometry.padding)
    let (sourceRows, sourceColumns, channels) = (padded.shape[1], padded.shape[2], padded.shape[3])
    let source = isPaired ? padded.reshaped([1, padded.count / channels, channels]).paired([channels]) : padded
    let sourceStride = source.shape[source.rank - 1]
    let passes = Passes(
      channels,
      atMost: matrix.widensWholeWindows ? ShiftedConvolution.windowPassChannels : ShiftedConvolution.passChannels,
      granularity: 2)
    let width = PreparedMatrix.columnGranularity
    let panels = (outputs + width - 1) / width
    let lines = x.shape[0] * rows
    let block = ShiftedConvolution.linesPerBlock(lines: lines, columns: columns, panels: panels)
    return unsafe Tensor(shape: resultShape) { result in
      let target = result.baseAddress!
      Compute.pool.forEach((lines + block - 1) / block * panels) { piece in
        let range = piece / panels * block..<min(lines, (piece / panels + 1) * block)
        let first = piece % panels * width
        let used = min(width, outputs - first)
        let taps = geometry.height * geometry.width
        func add(_ tap: Int, _ pass: Range<Int>, _ panel: UnsafePointer<Float>) {
          let (down, across) = (tap / geometry.width, tap % geometry.width)
          let offset = precision.places(pass.lowerBound)
          unsafe withFactors(panel, depth: pass.count, columns: used) { panel in
            for line in range {
              let row = line / rows * sourceRows + line % rows * geometry.stride + down
              unsafe precision.multiplyPanel(
                source.storage.base + (row * sourceColumns + across) * sourceStride + offset,
                leftStride: geometry.stride * sourceStride, panel, depth: precision.places(pass.count), columns: used,
                into: target + line * columns * outputs + first, targetStride: outputs, rows: columns,
                accumulating: tap + pass.lowerBound > 0)
            }
          }
        }
        if matrix.widensWholeWindows {
          for pass in passes.ranges {
            unsafe matrix.withWindows(at: first, columns: used, channels: pass) { windows, tapStride in
              for tap in 0..<taps { unsafe add(tap, pass, windows + tap * tapStride) }
            }
          }
        } else {
          for tap in 0..<taps {
            for pass in passes.ranges {
              let depth = tap * channels + pass.lowerBound..<tap * channels + pass.upperBound
              unsafe matrix.withPanel(at: first, columns: used, depth) { unsafe add(tap, pass, $0) }
            }
          }
        }
        unsafe epilogue.apply(
          to: target, width: outputs, rows: range.lowerBound * columns..<range.upperBound * columns,
          columns: first..<first + used)
      }
    }
  }

  /// Calls `body` with part of a panel as the products want it: as it is, or as pairs.
  private func withFactors(
    _ panel: UnsafePointer<Float>, depth: Int, columns: Int, _ body: (UnsafePointer<Float>) -> Void
  ) {
    guard isPaired else { return unsafe body(panel) }
    let padded = Compute.kernels.paddedWidth(columns)
    unsafe withScratch(precision.places(depth) * padded) { pairs in
      unsafe Compute.kernels.pairPanel(panel, depth: depth, width: padded, into: pairs.words)
      unsafe body(pairs)
    }
  }

  /// Lines of the result a piece: many enough to repay reading the weights, few enough that all threads have work.
  static func linesPerBlock(lines: Int, columns: Int, panels: Int) -> Int {
    let threads = Compute.pool.threadCount
    let wanted = threads == 1 ? 1 : (threads * ShiftedConvolution.piecesPerThread + panels - 1) / panels
    let bounds = ShiftedConvolution.pixelBounds
    let longest = max(1, bounds.upperBound / columns)
    let shortest = max(1, bounds.lowerBound / columns)
    let blocks = max((lines + longest - 1) / longest, wanted)
    return max(shortest, (lines + blocks - 1) / blocks)
  }
}

/// A depth cut into equal ranges, but for the last.
struct Passes {
  let ranges: [Range<Int>]

  /// - Parameter granularity: What the ranges' length is a multiple of.
  init(_ depth: Int, atMost longest: Int, granularity: Int = 1) {
    let count = max(1, (depth + longest - 1) / longest)
    let length = ((depth + count - 1) / count).roundedUp(to: granularity)
    ranges = stride(from: 0, to: depth, by: max(1, length)).map { $0..<min(depth, $0 + length) }
  }
}

extension Tensor {
  /// `[batch, rows, columns, channels]` with zeros around each map.
  func padded(_ padding: Padding) -> Tensor {
    guard padding != Padding(0) else { return self }
    let (rows, columns, channels) = (shape[1], shape[2], shape[3])
    let padded = [shape[0], rows + padding.top + padding.bottom, columns + padding.left + padding.right, channels]
    let length = padded[2] * channels
    return unsafe Tensor(shape: padded) { result in
      let target = result.baseAddress!
      Compute.pool.forRanges(padded[0] * padded[1], minimum: 4) { range in
        for line in range {
          let start = unsafe target + line * length
          let row = line % padded[1] - padding.top
          guard row >= 0, row < rows else {
            unsafe start.update(repeating: 0, count: length)
            continue
          }
          let inside = unsafe start + padding.left * channels
          unsafe start.update(repeating: 0, count: padding.left * channels)
          unsafe inside.update(
            from: storage.base + (line / padded[1] * rows + row) * columns * channels, count: columns * channels)
          unsafe (inside + columns * channels).update(repeating: 0, count: padding.right * channels)
        }
      }
    }
  }
}
