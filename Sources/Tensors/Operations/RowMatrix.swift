/// A matrix of bfloat16 whose rows stay where they lie, in its file or wherever a checkpoint was read to. A panel is made of them
/// whenever it is needed, which some hundred rows of the left side share: neighbours of the depth already lie together as the
/// processor wants them, so that words are transposed and nothing is rounded or widened. A network of billions of weights begins to
/// work as soon as its file is mapped, and its pages are the system's to take back.
final class RowMatrix: Sendable {
  private let weight: StoredTensor
  private let columns: Int
  /// Words of a row, two values each.
  private let words: Int

  /// Smaller ones are packed: their time goes elsewhere.
  private static let smallest = 1 << 20

  /// Whether products of bfloat16 with a matrix can be made so.
  ///
  /// - Parameter weight: `[columns, depth]`
  static func takes(_ weight: StoredTensor) -> Bool {
    guard weight.elementType == .bfloat16, weight.scales == nil, weight.bytes.count >= smallest else { return false }
    guard weight.shape[1...].reduce(1, *) % 2 == 0 else { return false }
    return unsafe weight.bytes.withBytes {
      Int(bitPattern: $0.baseAddress) % MemoryLayout<UInt32>.alignment == 0
    }
  }

  /// - Parameter weight: One that ``takes(_:)`` allows.
  init(_ weight: StoredTensor) {
    self.weight = weight
    columns = weight.shape[0]
    words = weight.shape[1...].reduce(1, *) / 2
  }

  /// The pages of a mapped file go with the matrix.
  deinit { weight.bytes.discard() }

  /// Has the system fetch the matrix from its file.
  func prefetch() { weight.bytes.prefetch() }

  /// Part of a panel, `[words, columns]` with full vectors.
  ///
  /// - Parameters:
  ///   - first: The panel's first column.
  ///   - range: Words of the depth.
  func withPanel(at first: Int, columns used: Int, words range: Range<Int>, _ body: (UnsafePointer<UInt32>) -> Void) {
    unsafe withScratch(range.count * Compute.kernels.paddedWidth(used)) { panel in
      unsafe weight.bytes.withBytes { raw in
        let start = unsafe raw.baseAddress!.assumingMemoryBound(to: Float.self) + first * words + range.lowerBound
        unsafe Compute.kernels.packPanels(
          start, columnStride: words, depthStride: 1, columns: used, depth: range.count, into: panel)
      }
      unsafe body(UnsafePointer(panel).words)
    }
  }
}
