/// Which keys a query sees.
package enum AttentionMask: Sendable {
  case none
  /// Itself and those before it.
  case causal
}

extension Tensor {
  /// Scaled dot-product attention with several heads (Vaswani et al. 2017): `softmax(q k' / sqrt(width)) v`.
  ///
  /// `self` holds the queries, `[batch, queries, heads * width]`; keys and values are `[batch, keys, keyHeads * width]`. Where there
  /// are fewer heads of keys than of queries, consecutive heads of queries share one (Ainslie et al. 2023).
  /// Blocks of queries meet blocks of keys with a running softmax (Milakov and Gimelshein 2018; Dao et al. 2022): no
  /// `queries x keys` matrix is ever stored.
  ///
  /// - Parameters:
  ///   - keyHeads: Heads of keys and values, a divisor of `heads`; as many where nil.
  ///   - keyCounts: How many keys of each batch entry count, at least 1; the others are padding that no query sees.
  ///   - precision: How both products multiply; heads of an odd width stay float32.
  package func attention(
    keys: Tensor, values: Tensor, heads: Int, keyHeads: Int? = nil, mask: AttentionMask = .none,
    keyCounts: [Int]? = nil, precision: Precision = .float32
  ) -> Tensor {
    let keyHeads = keyHeads ?? heads
    precondition(
      rank == 3 && keys.rank == 3 && keys.shape == values.shape && keys.shape[0] == shape[0] && heads % keyHeads == 0
        && shape[2] % heads == 0 && keys.shape[2] == shape[2] / heads * keyHeads
        && (keyCounts.map { $0.count == shape[0] && $0.allSatisfy { (1...keys.shape[1]).contains($0) } } ?? true),
      """
      attention: queries \(shape), keys \(keys.shape), values \(values.shape), \(heads) heads on \(keyHeads), \
      \(keyCounts?.description ?? "all") keys
      """)
    let (batch, queryCount, channels) = (shape[0], shape[1], shape[2])
    return Compute.measured(
      .attention, operations: 4 * Double(count * keys.shape[1]), reading: count + keys.count + values.count
    ) {
      let context = AttentionContext(
        keys: keys, values: values, heads: heads, keyHeads: keyHeads, keyCounts: keyCounts, precision: precision)
      let block = AttentionBlock(queryCount: queryCount, pieces: batch * heads)
      return unsafe Tensor(shape: shape) { result in
        let target = result.baseAddress!
        Compute.pool.forEach(batch * heads * block.count) { piece in
          let first = piece % block.count * block.length
          let head = piece / block.count
          let offset = (head / heads * queryCount + first) * channels + head % heads * context.width
          unsafe context.attend(
            storage.base + offset, head: head, count: min(block.length, queryCount - first),
            firstQuery: mask == .causal ? first : nil, into: target + offset)
        }
      }
    }
  }

  /// `[batch, tokens, channels]` to `[batch, channels, rowLength]`, the tokens and then room that nobody writes: rows whose
  /// distance is a power of two would share a few places of the cache.
  fileprivate func transposed(rowLength: Int) -> Tensor {
    let (tokens, channels) = (shape[1], shape[2])
    let edge = 16
    let strips = (channels + edge - 1) / edge
    return unsafe Tensor(shape: [shape[0], channels, rowLength]) { result in
      let target = result.baseAddress!
      Compute.pool.forEach(shape[0] * strips) { piece in
        let left = piece % strips * edge
        let from = unsafe storage.base + piece / strips * tokens * channels
        let to = unsafe target + piece / strips * channels * rowLength
        for top in stride(from: 0, to: tokens, by: edge) {
          for channel in left..<min(channels, left + edge) {
            for token in top..<min(tokens, top + edge) {
              unsafe to[channel * rowLength + token] = from[token * channels + channel]
            }
          }
        }
      }
    }
  }
}

/// How many queries are answered at a time: whole panels, as long as all threads have work.
private struct AttentionBlock {
  let length: Int
  let count: Int

  /// Queries that share a pass over keys and values.
  private static let longest = 128

  init(queryCount: Int, pieces: Int) {
    let wanted = max(1, Compute.pool.threadCount * 2 / pieces)
    let blocks = max(wanted, (queryCount + AttentionBlock.longest - 1) / AttentionBlock.longest)
    let even = (queryCount + blocks - 1) / blocks
    length = (even + 15) / 16 * 16
    count = (queryCount + length - 1) / length
  }
}

/// Keys and values of every head, and how queries meet them: keys are rows of a product's left side and queries its panel, so that
/// the scores of a key are a row. They then are the panel of the product with the values, whose channels are its rows; so no width
/// of a head leaves a vector partly empty.
private struct AttentionContext {
  let width: Int
  /// Heads of queries, and how many of them share a head of keys.
  private let heads: Int
  private let group: Int
  /// Keys of each batch entry that queries see.
  private let keyCounts: [Int]
  private let precision: Precision
  private var isPaired: Bool { precision == .bfloat16 }
  /// `[batch, keyCount, channels]`, or pairs of channels.
  private let keys: Tensor
  /// `[batch, channels, keyCount]` and some room, or pairs of keys.
  private let values: Tensor

  /// Keys that queries meet at a time, an even number: the scores stay in the second-level cache.
  private static let blockLength = 384

  init(keys: Tensor, values: Tensor, heads: Int, keyHeads: Int, keyCounts: [Int]?, precision: Precision) {
    let (batch, keyCount) = (keys.shape[0], keys.shape[1])
    width = keys.shape[2] / keyHeads
    group = heads / keyHeads
    self.heads = heads
    self.keyCounts = keyCounts ?? [Int](repeating: keyCount, count: batch)
    let isPaired = precision.besideBytes == .bfloat16 && width % 2 == 0
    self.precision = isPaired ? .bfloat16 : .float32
    let byChannel = values.transposed(rowLength: (keyCount + 15) / 16 * 16 + (isPaired ? 32 : 16))
    self.keys = isPaired ? keys.paired([Int](repeating: keys.shape[2], count: batch)) : keys
    self.values = isPaired ? byChannel.paired(self.keyCounts) : byChannel
  }

  /// Answers `count` queries of one head on the calling thread.
  ///
  /// - Parameter firstQuery: The first query's place in the sequence when each sees only the keys up to its own.
  func attend(
    _ queries: UnsafePointer<Float>, head: Int, count: Int, firstQuery: Int?, into target: UnsafeMutablePointer<Float>
  ) {
    let kernels = Compute.kernels
    let channels = heads * width
    let keyStride = keys.shape[2]
    let valueStride = values.shape[2]
    let entry = head / heads
    let headWidth = precision.places(width)
    let firstKey = unsafe keys.storage.base + entry * keys.shape[1] * keyStride + head % heads / group * headWidth
    let firstValue = unsafe values.storage.base + head / group * width * valueStride
    let keyCount = keyCounts[entry]
    let seen = firstQuery.map { min(keyCount, $0 + count) } ?? keyCount
    let longest = min(AttentionContext.blockLength, seen)
    let panel = kernels.panelWidth
    let padded = (count + 15) / 16 * 16
    // For each panel of queries: the queries, the results, the largest score and the sum.
    unsafe withScratch(padded * (2 * width + 2) + (longest + (longest + 1) / 2) * panel) { place in
      let scores = unsafe place + padded * (2 * width + 2)
      let pairs = unsafe scores + longest * panel
      let results = unsafe place + padded * width
      if isPaired {
        unsafe kernels.roundToPairs(
          queries, stride: channels, rows: count, width: width, into: results.words, targetStride: headWidth)
        unsafe kernels.packPanels(
          results, columnStride: headWidth, depthStride: 1, columns: count, depth: headWidth, into: place)
      } else {
        unsafe kernels.packPanels(
          queries, columnStride: channels, depthStride: 1, columns: count, depth: width, into: place)
      }
      let largest = unsafe results + padded * width
      let sums = unsafe largest + padded
      unsafe largest.update(repeating: -.infinity, count: padded)
      unsafe sums.update(repeating: 0, count: padded)
      for first in stride(from: 0, to: seen, by: longest) {
        let length = min(longest, seen - first)
        for column in stride(from: 0, to: count, by: panel) {
          let wide = kernels.paddedWidth(min(panel, count - column))
          unsafe precision.multiplyPanel(
            firstKey + first * keyStride, leftStride: keyStride, place + column * headWidth, depth: headWidth,
            columns: wide, into: scores, targetStride: wide, rows: length, accumulating: false)
          if let firstQuery {
            // Queries before a key do not see it.
            for key in 0..<length where first + key > firstQuery + column {
              let hidden = min(wide, first + key - firstQuery - column)
              unsafe (scores + key * wide).update(repeating: -.infinity, count: hidden)
            }
          }
          let result = unsafe results + column * width
          unsafe kernels.advanceSoftmax(
            scores, rows: length, width: wide, scale: 1 / Float(width).squareRoot(), largest: largest + column,
            sums: sums + column, results: first == 0 ? nil : result, resultRows: width)
          if isPaired { unsafe kernels.pairPanel(scores, depth: length, width: wide, into: pairs.words) }
          unsafe precision.multiplyPanel(
            firstValue + precision.places(first), leftStride: valueStride, isPaired ? pairs : scores,
            depth: precision.places(length), columns: wide, into: result, targetStride: wide, rows: width,
            accumulating: first > 0)
        }
      }
      for column in stride(from: 0, to: count, by: panel) {
        let used = min(panel, count - column)
        unsafe kernels.divideColumns(
          results + column * width, rows: width, width: kernels.paddedWidth(used), divisors: sums + column,
          columns: used,
          transposedInto: target + column * channels, targetStride: channels)
      }
    }
  }
}
