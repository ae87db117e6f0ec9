/// The maps whose tiles are transformed: as they lie, or scaled a stage at a time.
struct WinogradSource: Sendable {
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
  func withPixels(of stage: Range<Int>, _ grid: WinogradGrid, _ body: ((Int) -> UnsafePointer<Float>) -> Void) {
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
    _ image: UnsafePointer<Float>, _ tile: WinogradGrid.Tile, _ channels: Range<Int>,
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
struct WinogradGrid: Sendable {
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
    columns = (width + WinogradGrid.edge - 1) / WinogradGrid.edge
    tilesPerImage = (height + WinogradGrid.edge - 1) / WinogradGrid.edge * columns
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
    let (top, left) = (place / columns * WinogradGrid.edge, place % columns * WinogradGrid.edge)
    return Tile(
      image: image, top: top, left: left, height: min(WinogradGrid.edge, height - top),
      width: min(WinogradGrid.edge, width - left), firstPixel: (image * height + top) * width + left)
  }
}
