/// Which keys a query sees.
package enum AttentionMask: Sendable {
  case none
  /// Itself and those before it.
  case causal
}

extension Tensor {
  /// Scaled dot-product attention with several heads (Vaswani et al. 2017): `softmax(q k' / sqrt(width)) v`.
  ///
  /// `self` holds the queries, `[batch, queries, heads * width]`; keys and values are `[batch, keys, heads * width]`.
  /// Blocks of queries meet blocks of keys with a running softmax (Milakov and Gimelshein 2018; Dao et al. 2022): no
  /// `queries x keys` matrix is ever stored.
  package func attention(keys: Tensor, values: Tensor, heads: Int, mask: AttentionMask = .none) -> Tensor {
    precondition(
      rank == 3 && keys.rank == 3 && keys.shape == values.shape && keys.shape[0] == shape[0]
        && keys.shape[2] == shape[2] && shape[2] % heads == 0,
      "attention: queries \(shape), keys \(keys.shape), values \(values.shape), \(heads) heads")
    let (batch, queryCount, channels) = (shape[0], shape[1], shape[2])
    let width = channels / heads
    return Compute.measured(.attention, operations: 4 * Double(count * keys.shape[1])) {
      let packed = PackedContext(keys: keys, values: values, heads: heads)
      let block = AttentionBlock(queryCount: queryCount, pieces: batch * heads)
      return unsafe Tensor(shape: shape) { result in
        let target = result.baseAddress!
        Compute.pool.forEach(batch * heads * block.count) { piece in
          let first = piece % block.count * block.length
          let head = piece / block.count
          let offset = (head / heads * queryCount + first) * channels + head % heads * width
          unsafe packed.attend(
            storage.base + offset, stride: channels, head: head, rows: min(block.length, queryCount - first),
            firstQuery: mask == .causal ? first : nil, into: target + offset)
        }
      }
    }
  }
}

/// How many queries are answered at a time.
private struct AttentionBlock {
  let length: Int
  let count: Int

  init(queryCount: Int, pieces: Int) {
    let wanted = max(1, Compute.pool.threadCount * 2 / pieces)
    let even = (queryCount + wanted - 1) / wanted
    length = min(96, max(6, (even + 5) / 6 * 6))
    count = (queryCount + length - 1) / length
  }
}

/// Keys and values of every head, packed for the product kernel.
private struct PackedContext {
  private let keyCount: Int
  private let width: Int
  private let keys: Tensor  // a head: panels of keys, `width` deep
  private let values: Tensor  // a head: panels of the head's channels, `keyCount` deep
  private let keySize: Int
  private let valueSize: Int

  /// Keys that a block of queries meets at a time: the scores stay in the second-level cache.
  private static let blockLength = 512

  init(keys: Tensor, values: Tensor, heads: Int) {
    let kernels = Compute.kernels
    let (batch, keyCount, channels) = (keys.shape[0], keys.shape[1], keys.shape[2])
    let width = channels / heads
    let panel = kernels.panelWidth
    let (keySize, valueSize) = (
      (keyCount + panel - 1) / panel * panel * width, (width + panel - 1) / panel * panel * keyCount
    )
    func pack(_ source: Tensor, size: Int, _ pack: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void)
      -> Tensor
    {
      unsafe Tensor(shape: [batch * heads * size]) { result in
        let target = result.baseAddress!
        Compute.pool.forEach(batch * heads) { head in
          let start = head / heads * keyCount * channels + head % heads * width
          unsafe pack(source.storage.base + start, target + head * size)
        }
      }
    }
    self.keyCount = keyCount
    self.width = width
    self.keySize = keySize
    self.valueSize = valueSize
    self.keys = unsafe pack(keys, size: keySize) { source, target in
      unsafe kernels.packPanels(
        source, columnStride: channels, depthStride: 1, columns: keyCount, depth: width, into: target)
    }
    self.values = unsafe pack(values, size: valueSize) { source, target in
      unsafe kernels.packPanels(
        source, columnStride: 1, depthStride: channels, columns: width, depth: keyCount, into: target)
    }
  }

  /// Answers `rows` queries of one head on the calling thread.
  ///
  /// - Parameter firstQuery: The first query's place in the sequence when each sees only the keys up to its own.
  func attend(
    _ queries: UnsafePointer<Float>, stride: Int, head: Int, rows: Int, firstQuery: Int?,
    into target: UnsafeMutablePointer<Float>
  ) {
    let kernels = Compute.kernels
    // Whole panels of keys, but for the last: a part of a panel would be read as a narrower one.
    let panel = kernels.panelWidth
    let seen = firstQuery.map { min(keyCount, ($0 + rows + panel - 1) / panel * panel) } ?? keyCount
    let longest = min(PackedContext.blockLength, seen)
    unsafe withScratch(rows * longest + 2 * rows) { scores in
      let largest = unsafe scores + rows * longest
      let sums = unsafe largest + rows
      unsafe largest.update(repeating: -.infinity, count: rows)
      unsafe sums.update(repeating: 0, count: rows)
      for first in Swift.stride(from: 0, to: seen, by: longest) {
        let count = min(longest, seen - first)
        unsafe kernels.multiplyPanels(
          queries, leftStride: stride, keys.storage.base + head * keySize + first * width, panelDepth: width,
          depthRange: 0..<width, columns: count, into: scores, targetStride: longest, rows: rows, accumulating: false)
        if let firstQuery {
          for row in 0..<rows where firstQuery + row + 1 < first + count {
            let hidden = max(0, firstQuery + row + 1 - first)
            unsafe (scores + row * longest + hidden).update(repeating: -.infinity, count: count - hidden)
          }
        }
        unsafe kernels.advanceSoftmax(
          scores, rows: rows, width: count, stride: longest, scale: 1 / Float(width).squareRoot(), largest: largest,
          sums: sums, results: first == 0 ? nil : target, resultWidth: width, resultStride: stride)
        unsafe kernels.multiplyPanels(
          scores, leftStride: longest, values.storage.base + head * valueSize, panelDepth: keyCount,
          depthRange: first..<first + count, columns: width, into: target, targetStride: stride, rows: rows,
          accumulating: first > 0)
      }
      unsafe kernels.divideRows(target, rows: rows, width: width, stride: stride, divisors: sums)
    }
  }
}
