/// A 3x3 convolution by F(4x4, 3x3) (Lavin and Gray 2016): the map's tiles are transformed, multiplied in 36 planes and
/// transformed back.
///
/// The weights are transformed anew each time, some channels of a panel at a time: transformed ones are four times as many, and
/// reading them from memory takes longer than making them from 16-bit ones in the cache.
struct WinogradConvolution: PreparedConvolution {
  private static let planeCount = 36
  /// What a transform needs room for between columns and rows.
  private static let halfwayCount = 36 * 16
  private static let tileEdge = 4
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
    let source = Source(x, prologue)
    let grid = TileGrid(batch: x.shape[0], height: resultShape[1], width: resultShape[2])
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
    _ source: Source, _ stage: Range<Int>, _ grid: TileGrid, _ cut: Cut, into target: UnsafeMutablePointer<Float>
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
    _ columns: Range<Int>, _ grid: TileGrid, into target: UnsafeMutablePointer<Float>, outputs: Int,
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

  /// The weights of one panel and some channels, a few channels at a time: those stay in the first-level cache while widened.
  private func transformWeights(
    _ columns: Range<Int>, _ channels: Range<Int>, into target: UnsafeMutablePointer<Float>, planeStride: Int
  ) {
    let padded = Compute.kernels.paddedWidth(columns.count)
    for first in stride(from: channels.lowerBound, to: channels.upperBound, by: 4) {
      let few = first..<min(channels.upperBound, first + 4)
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

/// The maps whose tiles are transformed: as they lie, or scaled a stage at a time.
private struct Source: Sendable {
  private let x: Tensor
  private let scaling: ChannelScaling?
  private let doubled: Bool
  private let rows: Int
  /// Values a row.
  private let length: Int

  init(_ x: Tensor, _ prologue: Prologue) {
    self.x = x
    (scaling, doubled) = (prologue.scaling, prologue.doubles)
    (rows, length) = (x.shape[1], x.shape[2] * x.shape[3])
  }

  /// Calls `body` with where a picture of the batch begins. Of a scaled one only the rows that the stage's tiles, all of one
  /// picture, read are there.
  func withPixels(of stage: Range<Int>, _ grid: TileGrid, _ body: ((Int) -> UnsafePointer<Float>) -> Void) {
    let base = unsafe UnsafePointer(x.storage.base)
    guard let scaling else {
      unsafe body { unsafe base + $0 * rows * length }
      return
    }
    let (first, last) = (grid[stage.lowerBound], grid[stage.upperBound - 1])
    let factor = doubled ? 2 : 1
    let strip = max(0, (first.top - 1) / factor)..<min(rows, (last.top + last.height) / factor + 1)
    let columns = x.shape[2]
    unsafe withScratch(strip.count * length) { scaled in
      let start = unsafe base + (first.image * rows + strip.lowerBound) * length
      Compute.pool.forRanges(strip.count * columns, minimum: 8) { pixels in
        let offset = pixels.lowerBound * x.shape[3]
        unsafe scaling.apply(to: start + offset, into: scaled + offset, pixels: pixels.count, image: first.image)
      }
      unsafe body { _ in unsafe UnsafePointer(scaled) - strip.lowerBound * length }
    }
  }

  /// Transforms some channels of a tile of the picture that begins at `image`.
  func transform(
    _ image: UnsafePointer<Float>, _ tile: TileGrid.Tile, _ channels: Range<Int>,
    into target: UnsafeMutablePointer<Float>, planeStride: Int, _ halfway: UnsafeMutablePointer<Float>
  ) {
    let kernels = Compute.kernels
    if doubled {
      unsafe kernels.winogradDoubledInput(
        image + channels.lowerBound, rows: rows, columns: x.shape[2], pixelStride: x.shape[3],
        channels: channels.count, top: tile.top / 2 - 1, left: tile.left / 2 - 1, into: target,
        planeStride: planeStride, halfway: halfway)
    } else {
      unsafe kernels.winogradInput(
        image + channels.lowerBound, rows: rows, columns: x.shape[2], pixelStride: x.shape[3],
        channels: channels.count, top: tile.top - 1, left: tile.left - 1, into: target, planeStride: planeStride,
        halfway: halfway)
    }
  }
}

/// The 4x4 tiles of a batch of maps.
private struct TileGrid: Sendable {
  struct Tile {
    let image: Int
    let top: Int
    let left: Int
    let height: Int
    let width: Int
    /// Counted through the whole batch.
    let firstPixel: Int
  }

  let width: Int
  let count: Int
  private let height: Int
  private let columns: Int
  private let tilesPerImage: Int

  private static let edge = 4

  init(batch: Int, height: Int, width: Int) {
    (self.height, self.width) = (height, width)
    columns = (width + TileGrid.edge - 1) / TileGrid.edge
    tilesPerImage = (height + TileGrid.edge - 1) / TileGrid.edge * columns
    count = batch * tilesPerImage
  }

  /// Whole rows of one picture's tiles together, as many as hold at most `longest` tiles, one at least.
  func strips(atMost longest: Int) -> [Range<Int>] {
    let lines = Passes(tilesPerImage / columns, atMost: max(1, longest / columns)).ranges
    return (0..<count / tilesPerImage).flatMap { image in
      lines.map { line in
        let start = image * tilesPerImage
        return start + line.lowerBound * columns..<start + line.upperBound * columns
      }
    }
  }

  subscript(index: Int) -> Tile {
    let (image, place) = (index / tilesPerImage, index % tilesPerImage)
    let (top, left) = (place / columns * TileGrid.edge, place % columns * TileGrid.edge)
    return Tile(
      image: image, top: top, left: left, height: min(TileGrid.edge, height - top),
      width: min(TileGrid.edge, width - left), firstPixel: (image * height + top) * width + left)
  }
}
