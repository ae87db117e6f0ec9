/// A 3x3 convolution by F(4x4, 3x3) (Lavin and Gray 2016): the map's tiles are transformed, multiplied in 36 planes and
/// transformed back.
///
/// The weights are transformed anew each time, some channels of a panel at a time: transformed ones are four times as many, and
/// reading them from memory takes longer than making them from 16-bit ones in the cache.
struct WinogradConvolution: PreparedConvolution {
  private static let planes = 36
  /// What a transform needs room for between columns and rows.
  private static let halfwayCount = 36 * 16
  private static let tileEdge = 4
  /// Bytes of transformed pixels at a time: they stay in the third-level cache, where all threads read them.
  private static let stageBytes = 12 << 20

  private let matrix: PreparedMatrix

  /// - Parameter weight: `[outputs, inputs, 3, 3]`
  init(_ weight: StoredTensor) {
    matrix = PreparedMatrix(weight, inPanels: true)
  }

  func convolve(
    _ x: Tensor, _ map: FeatureMap, _ geometry: ConvolutionGeometry, resultShape: [Int], _ epilogue: Epilogue
  ) -> Tensor {
    let grid = TileGrid(batch: map.batch, height: resultShape[1], width: resultShape[2])
    let bytesPerTile = WinogradConvolution.planes * map.channels * MemoryLayout<Float>.stride
    let stages = Passes(grid.count, atMost: max(96, WinogradConvolution.stageBytes / bytesPerTile)).ranges
    let cut = Cut(tiles: stages[0].count, channels: map.channels)
    let width = PreparedMatrix.columnGranularity
    let panels = (resultShape[3] + width - 1) / width
    return unsafe Tensor(shape: resultShape) { result in
      let target = result.baseAddress!
      unsafe withScratch(WinogradConvolution.planes * stages[0].count * map.channels) { pixels in
        for stage in stages {
          Compute.pool.forRanges(stage.count) { range in
            unsafe withScratch(WinogradConvolution.halfwayCount) { halfway in
              for tile in range {
                unsafe transform(
                  x, map, grid[stage.lowerBound + tile], cut, tile: tile, of: stage.count, into: pixels, halfway)
              }
            }
          }
          let groups = cut.groups(of: stage.count, panels: panels)
          Compute.pool.forEach(groups.count * panels) { piece in
            let first = piece % panels * width
            unsafe multiply(
              pixels, stage, groups[piece / panels], cut, first..<min(resultShape[3], first + width), grid,
              into: target, outputs: resultShape[3], epilogue)
          }
        }
      }
    }
  }

  /// One tile of a stage's pixels: plane by plane for each pass of channels, so that a pass lies together.
  private func transform(
    _ x: Tensor, _ map: FeatureMap, _ place: TileGrid.Tile, _ cut: Cut, tile: Int, of count: Int,
    into target: UnsafeMutablePointer<Float>, _ halfway: UnsafeMutablePointer<Float>
  ) {
    let image = unsafe x.storage.base + place.image * map.rows * map.columns * map.channels
    for pass in cut.passes {
      unsafe Compute.kernels.winogradInput(
        image + pass.lowerBound, rows: map.rows, columns: map.columns, pixelStride: map.channels,
        channels: pass.count, top: place.top - 1, left: place.left - 1,
        into: target + WinogradConvolution.planes * count * pass.lowerBound + tile * pass.count,
        planeStride: count * pass.count, halfway: halfway)
    }
  }

  /// The results of some tiles for one panel of outputs.
  private func multiply(
    _ pixels: UnsafePointer<Float>, _ stage: Range<Int>, _ group: Range<Int>, _ cut: Cut, _ columns: Range<Int>,
    _ grid: TileGrid, into target: UnsafeMutablePointer<Float>, outputs: Int, _ epilogue: Epilogue
  ) {
    let (kernels, planes) = (Compute.kernels, WinogradConvolution.planes)
    let padded = kernels.paddedWidth(columns.count)
    // Not a power of two, lest all planes share a few places of the cache.
    let weightStride = cut.passes[0].count * padded + 16
    let blocks = Passes(group.count, atMost: cut.blockTiles).ranges
    unsafe withScratch(planes * (blocks[0].count * padded + weightStride) + WinogradConvolution.halfwayCount) {
      products in
      let weights = unsafe products + planes * blocks[0].count * padded
      let halfway = unsafe weights + planes * weightStride
      for block in blocks {
        let start = group.lowerBound + block.lowerBound
        for pass in cut.passes {
          if cut.passes.count > 1 || block.lowerBound == 0 {
            unsafe transformWeights(columns, pass, into: weights, planeStride: weightStride)
          }
          let entering = unsafe pixels + planes * stage.count * pass.lowerBound
          for plane in 0..<planes {
            unsafe kernels.multiplyPanels(
              entering + (plane * stage.count + start) * pass.count, leftStride: pass.count,
              weights + plane * weightStride, panelDepth: pass.count, depthRange: 0..<pass.count,
              columns: columns.count, into: products + plane * block.count * padded, targetStride: padded,
              rows: block.count, accumulating: pass.lowerBound > 0)
          }
        }
        for row in 0..<block.count {
          let tile = grid[stage.lowerBound + start + row]
          unsafe kernels.winogradOutput(
            products + row * padded, planeStride: block.count * padded, channels: columns.count,
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

/// The 4x4 tiles of a batch of maps.
private struct TileGrid {
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

  subscript(index: Int) -> Tile {
    let (image, place) = (index / tilesPerImage, index % tilesPerImage)
    let (top, left) = (place / columns * TileGrid.edge, place % columns * TileGrid.edge)
    return Tile(
      image: image, top: top, left: left, height: min(TileGrid.edge, height - top),
      width: min(TileGrid.edge, width - left), firstPixel: (image * height + top) * width + left)
  }
}
