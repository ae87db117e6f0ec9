import Tensors
import TestSupport
import Testing

@Suite struct AttentionTests {
  private func twin(
    _ queries: Tensor, _ keys: Tensor, _ values: Tensor, heads: Int, keyHeads: Int? = nil, mask: AttentionMask,
    keyCounts: [Int]? = nil
  ) -> [Double] {
    let (batch, rows, channels, columns) = (queries.shape[0], queries.shape[1], queries.shape[2], keys.shape[1])
    let width = channels / heads
    let (keyChannels, group) = (keys.shape[2], heads / (keyHeads ?? heads))
    let (q, k, v) = (queries.values, keys.values, values.values)
    var result = [Double](repeating: 0, count: q.count)
    for image in 0..<batch {
      for head in 0..<heads {
        for row in 0..<rows {
          let start = (image * rows + row) * channels + head * width
          let scores = (0..<columns).map { column in
            let key = (image * columns + column) * keyChannels + head / group * width
            var sum = 0.0
            for index in 0..<width { sum += Double(q[start + index]) * Double(k[key + index]) }
            return sum / Double(width).squareRoot()
          }
          let known = keyCounts?[image] ?? columns
          let shares = Twin.softmax(scores) { $0 < known && (mask == .none || $0 <= row) }
          for (column, share) in shares.enumerated() {
            let value = (image * columns + column) * keyChannels + head / group * width
            for index in 0..<width { result[start + index] += share * Double(v[value + index]) }
          }
        }
      }
    }
    return result
  }

  /// Sums of up to 200 shares, each exact to some 1e-6 of itself, of values below 1.
  private static let tolerance = 4e-6

  @Test(
    arguments: [1, 3, 40, 64, 160], [(1, 1), (1, 7), (2, 1), (17, 77), (64, 64), (65, 130), (200, 200), (7, 1100)])
  func manySizes(width: Int, tokens: (queries: Int, keys: Int)) {
    for (batch, heads) in [(1, 1), (2, 3)] {
      var random = SeededRandom(seed: UInt64(width * tokens.queries))
      let queries = random.tensor([batch, tokens.queries, heads * width], in: -2...2)
      let keys = random.tensor([batch, tokens.keys, heads * width], in: -2...2)
      let values = random.tensor([batch, tokens.keys, heads * width])
      let found = queries.attention(keys: keys, values: values, heads: heads)
      #expect(found.shape == queries.shape)
      expectClose(
        found.values, twin(queries, keys, values, heads: heads, mask: .none), absolute: AttentionTests.tolerance)
    }
  }

  /// Queries, keys, values and shares are rounded to bfloat16: shares, which sum up to 1, by at most a 512th of themselves.
  @Test(arguments: [2, 3, 40, 128], [(1, 1), (2, 1), (17, 77), (65, 131), (7, 1100)])
  func ofBFloat16(width: Int, tokens: (queries: Int, keys: Int)) {
    var random = SeededRandom(seed: UInt64(width * tokens.queries))
    let queries = random.tensor([2, tokens.queries, 4 * width], in: -2...2)
    let keys = random.tensor([2, tokens.keys, 2 * width], in: -2...2)
    var values = random.tensor([2, tokens.keys, 2 * width])
    let counts = [(tokens.keys + 1) / 2, tokens.keys]
    let rounded = [queries, keys, values].map {
      Tensor(shape: $0.shape, values: $0.values.map(PairKernelTests.rounded))
    }
    unsafe values.withMutableBuffer { buffer in
      for index in counts[0] * 2 * width..<tokens.keys * 2 * width { unsafe buffer[index] = .nan }
    }
    for mask in [AttentionMask.none, .causal] {
      let found = queries.attention(
        keys: keys, values: values, heads: 4, keyHeads: 2, mask: mask, keyCounts: counts, precision: .bfloat16)
      let expected = twin(
        rounded[0], rounded[1], rounded[2], heads: 4, keyHeads: 2, mask: mask, keyCounts: counts)
      expectClose(found.values, expected, absolute: 4e-3)
    }
  }

  @Test(arguments: [1, 3, 40, 64], [1, 2, 11, 64, 65, 77, 130, 600])
  func causal(width: Int, tokens: Int) {
    var random = SeededRandom(seed: UInt64(width * tokens))
    let shape = [2, tokens, 2 * width]
    let (queries, keys, values) = (random.tensor(shape), random.tensor(shape), random.tensor(shape))
    let found = queries.attention(keys: keys, values: values, heads: 2, mask: .causal)
    expectClose(
      found.values, twin(queries, keys, values, heads: 2, mask: .causal), absolute: AttentionTests.tolerance)
  }

  /// Heads that share keys, padding, and both with the causal mask; what lies in the padding does not matter.
  @Test(arguments: [(1, 1), (2, 1), (6, 2), (6, 3), (4, 4)], [1, 5, 64, 70, 200, 500])
  func groupsAndPadding(_ sizes: (heads: Int, keyHeads: Int), tokens: Int) {
    let width = 24
    var random = SeededRandom(seed: UInt64(sizes.heads * tokens))
    let queries = random.tensor([3, tokens, sizes.heads * width], in: -2...2)
    let keys = random.tensor([3, tokens, sizes.keyHeads * width], in: -2...2)
    let values = random.tensor([3, tokens, sizes.keyHeads * width])
    let counts = [1, (tokens + 1) / 2, tokens]
    var spoiled = keys
    unsafe spoiled.withMutableBuffer { buffer in
      for (image, count) in counts.enumerated() {
        for index in count * keys.shape[2]..<tokens * keys.shape[2] {
          unsafe buffer[image * tokens * keys.shape[2] + index] = .nan
        }
      }
    }
    for mask in [AttentionMask.none, .causal] {
      for keyCounts in [nil, counts] {
        let found = queries.attention(
          keys: keyCounts == nil ? keys : spoiled, values: values, heads: sizes.heads, keyHeads: sizes.keyHeads,
          mask: mask, keyCounts: keyCounts)
        let expected = twin(
          queries, keys, values, heads: sizes.heads, keyHeads: sizes.keyHeads, mask: mask, keyCounts: keyCounts)
        expectClose(found.values, expected, absolute: AttentionTests.tolerance, "\(mask), \(keyCounts ?? [])")
      }
    }
  }

  /// Scores as large as float32 holds give means of the values, not NaN.
  @Test(arguments: [Float(1e2), 1e5, 1e9, 1e18], [AttentionMask.none, .causal])
  func extremeScores(size: Float, mask: AttentionMask) {
    var random = SeededRandom(seed: 1)
    let queries = random.tensor([1, 70, 8], in: -size...size)
    let keys = random.tensor([1, 70, 8], in: -size...size)
    let values = random.tensor([1, 70, 8])
    let found = queries.attention(keys: keys, values: values, heads: 2, mask: mask)
    #expect(found.values.allSatisfy { $0.isFinite && abs($0) <= 1.00001 })
  }
}
