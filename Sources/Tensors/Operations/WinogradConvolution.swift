/// A 3x3 convolution by F(4x4, 3x3) (Lavin and Gray 2016): the map's tiles are transformed, multiplied in 36 planes and
/// transformed back.
///
/// The weights are transformed anew each time, some channels of a panel at a time: transformed ones are four times as many, and
/// reading them from memory takes longer than making them from 16-bit ones in the cache.
struct WinogradConvolution: PreparedConvolution {
  private static let planeCount = 36
  /// What a transform needs room for between columns and rows.
  private static let halfwayCount = 36 * 16
  /// Bytes of transformed pixels at a time: they stay in the third-level cache, where all threads read them.
  private static let stageBytes = 12 << 20
  /// Bytes of a map from which on its scaling is done a stage at a time, lest it go through memory once more.
  private static let stripBytes = 8 << 20

  private let matrix: PreparedMatrix

  /// - Parameter weight: `[outputs, inputs, 3, 3]`
  init(_ weight: StoredTensor) {
    matrix = PreparedMatrix(weight, inPanels: true)
  }

  /// The planes that are not zeros: of a map of doubled pixels those with i = 2 or j = 2 are, since the transform's point -1
  /// is a zero of 1 + x.
  static func planes(doubled: Bool) -> [Int] {
    (0..<planeCount).filter { !doubled || ($0 / 6 != 2 && $0 % 6 != 2) }
  }

  func convolve(
    _ x: Tensor, after prologue: Prologue, _ geometry: ConvolutionGeometry, resultShape: [Int], _ epilogue: Epilogue
  ) -> Tensor {
    let mapBytes = x.count / x.shape[0] * MemoryLayout<Float>.stride
    guard prologue.scaling == nil || mapBytes >= WinogradConvolution.stripBytes else {
      let rest = Prologue(doubles: prologue.doubles)
      return convolve(
        Prologue(scaling: prologue.scaling).applied(to: x), after: rest, geometry, resultShape: resultShape, epilogue)
    }
    let source = WinogradSource(x, prologue)
    let grid = WinogradGrid(batch: x.shape[0], height: resultShape[1], width: resultShape[2])
    let channels = x.shape[3]
    let bytesPerTile = WinogradConvolution.planeCount * channels * MemoryLayout<Float>.stride
    let longest = max(96, WinogradConvolution.stageBytes / bytesPerTile)
    let stages = prologue.scaling == nil ? Passes(grid.count, atMost: longest).ranges : grid.strips(atMost: longest)
    let longestStage = stages.map(\.count).max() ?? 0
    let cut = Cut(tiles: longestStage, channels: channels)
    let planes = WinogradConvolution.planes(doubled: prologue.doubles)
    let width = PreparedMatrix.columnGranularity
    let panels = (resultShape[3] + width - 1) / width
    return unsafe Tensor(shape: resultShape) { result in
      let target = result.baseAddress!
      unsafe withScratch(WinogradConvolution.planeCount * longestStage * channels) { pixels in
        for stage in stages {
          unsafe transform(source, stage, grid, cut, into: pixels)
          let groups = cut.groups(of: stage.count, panels: panels)
          Compute.pool.forEach(groups.count * panels) { piece in
            let first = piece % panels * width
            unsafe multiply(
              pixels, stage, groups[piece / panels], planes, cut, first..<min(resultShape[3], first + width), grid,
              into: target, outputs: resultShape[3], epilogue)
          }
        }
      }
    }
  }

  /// A stage's pixels: plane by plane for each pass of channels, so that a pass lies together.
  private func transform(
    _ source: WinogradSource, _ stage: Range<Int>, _ grid: WinogradGrid, _ cut: Cut,
    into target: UnsafeMutablePointer<Float>
  ) {
    unsafe source.withPixels(of: stage, grid) { image in
      Compute.pool.forRanges(stage.count) { range in
        unsafe withScratch(WinogradConvolution.halfwayCount) { halfway in
          for index in range {
            let tile = grid[stage.lowerBound + index]
            for pass in cut.passes {
              unsafe source.transform(
                image(tile.image), tile, pass,
                into: target + WinogradConvolution.planeCount * stage.count * pass.lowerBound + index * pass.count,
                planeStride: stage.count * pass.count, halfway)
            }
          }
        }
      }
    }
  }

  /// The results of some tiles for one panel of outputs.
  private func multiply(
    _ pixels: UnsafePointer<Float>, _ stage: Range<Int>, _ group: Range<Int>, _ planes: [Int], _ cut: Cut,
    _ columns: Range<Int>, _ grid: WinogradGrid, into target: UnsafeMutablePointer<Float>, outputs: Int,
    _ epilogue: Epilogue
  ) {
    let (kernels, planeCount) = (Compute.kernels, WinogradConvolution.planeCount)
    let padded = kernels.paddedWidth(columns.count)
    // Not a power of two, lest all planes share a few places of the cache.
    let weightStride = cut.passes[0].count * padded + 16
    let blocks = Passes(group.count, atMost: cut.blockTiles).ranges
    unsafe withScratch(planeCount * (blocks[0].count * padded + weightStride) + WinogradConvolution.halfwayCount) {
      products in
      let weights = unsafe products + planeCount * blocks[0].count * padded
      let halfway = unsafe weights + planeCount * weightStride
      for block in blocks {
        let start = group.lowerBound + block.lowerBound
        let planeStride = block.count * padded
        if planes.count < planeCount { unsafe products.update(repeating: 0, count: planeCount * planeStride) }
        for pass in cut.passes {
          if cut.passes.count > 1 || block.lowerBound == 0 {
            unsafe transformWeights(columns, pass, into: weights, planeStride: weightStride)
          }
          let entering = unsafe pixels + planeCount * stage.count * pass.lowerBound
          for plane in planes {
            unsafe kernels.multiplyPanels(
              entering + (plane * stage.count + start) * pass.count, leftStride: pass.count,
              weights + plane * weightStride, panelDepth: pass.count, depthRange: 0..<pass.count,
              columns: columns.count, into: products + plane * planeStride, targetStride: padded,
              rows: block.count, accumulating: pass.lowerBound > 0)
          }
        }
        for row in 0..<block.count {
          let tile = grid[stage.lowerBound + start + row]
          unsafe kernels.winogradOutput(
            products + row * padded, planeStride: planeStride, channels: columns.count,
            into: target + tile.firstPixel * outputs + columns.lowerBound, columnStride: outputs,
            rowStride: grid.width * outputs, height: tile.height, width: tile.width, halfway: halfway)
          for line in 0..<tile.height {
            let start = tile.firstPixel + line * grid.width
            unsafe epilogue.apply(to: target, width: outputs, rows: start..<start + tile.width, columns: columns)
          }
        }
      }
    }
  }

  /// The weights of one panel and some channels, a few channels at a time: those stay in the first-level cache while widened. Blocks
  /// hold so many channels' windows that all are widened at once.
  private func transformWeights(
    _ columns: Range<Int>, _ channels: Range<Int>, into target: UnsafeMutablePointer<Float>, planeStride: Int
  ) {
    let padded = Compute.kernels.paddedWidth(columns.count)
    let step = matrix.widensWholeWindows ? channels.count : 4
    for first in stride(from: channels.lowerBound, to: channels.upperBound, by: step) {
      let few = first..<min(channels.upperBound, first + step)
      unsafe matrix.withWindows(at: columns.lowerBound, columns: columns.count, channels: few) { windows, tapStride in
        unsafe Compute.kernels.winogradWeights(
          windows, tapStride: tapStride, count: few.count * padded,
          into: target + (first - channels.lowerBound) * padded, planeStride: planeStride)
      }
    }
  }

  /// How the work is cut, so that a block's products and a pass's weights share the second-level cache.
  private struct Cut {
    let passes: [Range<Int>]
    let blockTiles: Int

    /// Tiles of a block; and tiles of a block and channels of a pass together.
    private static let (longestBlock, rows) = (96, 160)

    init(tiles: Int, channels: Int) {
      blockTiles = Passes(tiles, atMost: Cut.longestBlock, granularity: 6).ranges[0].count
      passes = Passes(channels, atMost: max(16, Cut.rows - blockTiles), granularity: 16).ranges
    }

    /// Tiles that a thread takes at a time: several blocks where all of them can use the same weights.
    func groups(of tiles: Int, panels: Int) -> [Range<Int>] {
      let blocks = (tiles + blockTiles - 1) / blockTiles
      let wanted = (4 * Compute.pool.threadCount + panels - 1) / panels
      let length = passes.count > 1 ? 1 : max(1, blocks / wanted)
      return Passes(tiles, atMost: length * blockTiles, granularity: 6).ranges
    }
  }
}
