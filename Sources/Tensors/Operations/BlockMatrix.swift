/// A matrix whose numbers stay in the blocks of its file, and are widened and turned into a panel whenever the panel is read: memory and
/// loading are the file's, and a panel that some hundred rows share costs them a few per cent.
final class BlockMatrix: Sendable {
  private let weight: StoredTensor
  private let columns: Int
  private let channels: Int
  private let taps: Int

  /// Columns that are turned at a time.
  private static let strip = 16
  /// Values of a column that are widened at a time: with a strip's other columns they stay in the first-level cache.
  private static let chunk = 256

  /// - Parameter weight: `[columns, channels, ...]`
  init(_ weight: StoredTensor, channels: Int, taps: Int) {
    self.weight = weight
    columns = weight.shape[0]
    (self.channels, self.taps) = (channels, taps)
  }

  /// The pages of a mapped file go with the matrix.
  deinit { weight.bytes.discard() }

  /// What the ends of a pass of the depth should be multiples of.
  var granularity: Int { taps == 1 ? weight.elementType.blockValues : 1 }

  /// Windows of one panel's columns and some channels as float32, `[taps, channels, columns]` with full vectors.
  ///
  /// - Parameter first: The panel's first column.
  func widen(at first: Int, columns used: Int, channels range: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    let width = Compute.kernels.paddedWidth(used)
    let chunk = taps == 1 ? BlockMatrix.chunk : range.count
    let stride = min(chunk, range.count) * taps + BlockMatrix.strip
    unsafe weight.bytes.withBytes { raw in
      unsafe withScratch(BlockMatrix.strip * stride) { rows in
        for left in Swift.stride(from: 0, to: width, by: BlockMatrix.strip) {
          for start in Swift.stride(from: range.lowerBound, to: range.upperBound, by: chunk) {
            let part = start..<min(range.upperBound, start + chunk)
            for column in 0..<BlockMatrix.strip {
              let row = unsafe rows + column * stride
              guard left + column < used else {
                unsafe row.update(repeating: 0, count: part.count * taps)
                continue
              }
              let place = (first + left + column) * channels * taps
              unsafe weight.widen(raw, place + part.lowerBound * taps..<place + part.upperBound * taps, into: row)
            }
            unsafe Compute.kernels.transposeIntoPanel(
              rows, sourceStride: stride, channels: part.count, taps: taps, tapLines: range.count,
              into: target + (start - range.lowerBound) * width + left, width: width)
          }
        }
      }
    }
  }
}
