/// A 3x3 convolution by F(4x4, 3x3) (Lavin and Gray 2016): blocks of tiles are transformed, multiplied in 36 planes and
/// transformed back while they are in the cache.
struct WinogradConvolution: PreparedConvolution {
  private static let planes = 36
  private static let tileEdge = 4

  /// One `inputs x outputs` matrix a plane.
  private let matrix: PreparedMatrix
  private let inputs: Int
  private let outputs: Int
  private let room: TransformedWeightsRoom

  /// Bytes of transformed values a block: beyond the second-level cache, so that the weights are read seldom enough.
  private static let blockBytes = 6 << 20

  /// - Parameter weight: `[outputs, inputs, 3, 3]`
  /// - Returns: nil where the transformed weights would take more than may be taken.
  init?(_ weight: StoredTensor) {
    (outputs, inputs) = (weight.shape[0], weight.shape[1])
    let bytes = WinogradConvolution.planes * outputs * inputs * MemoryLayout<Float>.stride
    guard let room = TransformedWeightsRoom(bytes: bytes) else { return nil }
    self.room = room
    matrix = unsafe PreparedMatrix(planes: WinogradConvolution.planes, of: weight) {
      unsafe Compute.kernels.winogradWeights($0, tapStride: $1, count: $2, into: $3, planeStride: $4)
    }
  }

  func convolve(
    _ x: Tensor, _ map: FeatureMap, _ geometry: ConvolutionGeometry, resultShape: [Int], _ epilogue: Epilogue
  ) -> Tensor {
    let edge = WinogradConvolution.tileEdge
    let (height, width) = (resultShape[1], resultShape[2])
    let tileColumns = (width + edge - 1) / edge
    let tilesPerImage = (height + edge - 1) / edge * tileColumns
    let tiles = map.batch * tilesPerImage
    let block = blockLength(tiles)
    return unsafe Tensor(shape: resultShape) { result in
      let target = result.baseAddress!
      Compute.pool.forEach((tiles + block - 1) / block) { piece in
        let range = piece * block..<min(tiles, (piece + 1) * block)
        let count = range.count
        unsafe withScratch(WinogradConvolution.planes * count * (inputs + outputs)) { entering in
          let leaving = unsafe entering + WinogradConvolution.planes * count * inputs
          for (row, tile) in range.enumerated() {
            let place = tile % tilesPerImage
            unsafe Compute.kernels.winogradInput(
              x.storage.base + tile / tilesPerImage * map.rows * map.columns * inputs, rows: map.rows,
              columns: map.columns, channels: inputs, top: place / tileColumns * edge - 1,
              left: place % tileColumns * edge - 1, into: entering + row * inputs, planeStride: count * inputs)
          }
          for plane in 0..<WinogradConvolution.planes {
            unsafe matrix.multiply(
              entering + plane * count * inputs, leftStride: inputs, plane: plane,
              into: leaving + plane * count * outputs,
              targetStride: outputs, rows: count, columns: 0..<outputs)
          }
          for (row, tile) in range.enumerated() {
            let (image, place) = (tile / tilesPerImage, tile % tilesPerImage)
            let (top, left) = (place / tileColumns * edge, place % tileColumns * edge)
            let (rows, columns) = (min(edge, height - top), min(edge, width - left))
            let firstPixel = (image * height + top) * width + left
            unsafe Compute.kernels.winogradOutput(
              leaving + row * outputs, planeStride: count * outputs, channels: outputs,
              into: target + firstPixel * outputs, columnStride: outputs, rowStride: width * outputs, height: rows,
              width: columns)
            for line in 0..<rows {
              let start = firstPixel + line * width
              unsafe epilogue.apply(
                to: target, width: outputs, rows: start..<start + columns, columns: 0..<outputs)
            }
          }
        }
      }
    }
  }

  /// Tiles a block: what the cache allows, but at least a piece for each thread.
  private func blockLength(_ tiles: Int) -> Int {
    let cached = WinogradConvolution.blockBytes / (WinogradConvolution.planes * (inputs + outputs) * 4)
    let threads = Compute.pool.threadCount
    let even = (tiles + threads - 1) / threads
    return max(1, min(max(24, cached / 6 * 6), even))
  }
}
