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
  /// Computed in blocks of queries: no `queries x keys` matrix is ever stored whole.
  package func attention(keys: Tensor, values: Tensor, heads: Int, mask: AttentionMask = .none) -> Tensor {
    precondition(
      rank == 3 && keys.rank == 3 && keys.shape == values.shape && keys.shape[0] == shape[0]
        && keys.shape[2] == shape[2] && shape[2] % heads == 0,
      "attention: queries \(shape), keys \(keys.shape), values \(values.shape), \(heads) heads")
    let (batch, queryCount, channels, keyCount) = (shape[0], shape[1], shape[2], keys.shape[1])
    let width = channels / heads
    let scale = 1 / Float(width).squareRoot()
    let block = max(1, min(queryCount, 64))
    let blocks = (queryCount + block - 1) / block
    return unsafe Tensor(shape: shape) { result in
      let target = result.baseAddress!
      Compute.pool.forEach(batch * heads * blocks) { piece in
        let first = piece % blocks * block
        let rows = min(block, queryCount - first)
        let (image, head) = (piece / blocks / heads, piece / blocks % heads)
        let seen = mask == .causal ? min(keyCount, first + rows) : keyCount
        let queryPlace = (image * queryCount + first) * channels + head * width
        let keyPlace = image * keyCount * channels + head * width
        unsafe withScratch(rows * seen + rows) { scores in
          let sums = unsafe scores + rows * seen
          unsafe multiplyTransposed(
            storage.base + queryPlace, leftStride: channels, keys.storage.base + keyPlace, rightStride: channels,
            into: scores, targetStride: seen, rows: rows, columns: seen, depth: width)
          if mask == .causal {
            for row in 0..<rows where first + row + 1 < seen {
              unsafe (scores + row * seen + first + row + 1)
                .update(repeating: -.greatestFiniteMagnitude, count: seen - first - row - 1)
            }
          }
          unsafe Compute.kernels.exponentiateRows(
            scores, rows: rows, width: seen, stride: seen, scale: scale, sums: sums)
          unsafe multiply(
            scores, leftStride: seen, values.storage.base + keyPlace, rightStride: channels,
            into: target + queryPlace, targetStride: channels, rows: rows, columns: width, depth: seen)
          unsafe Compute.kernels.divideRows(
            target + queryPlace, rows: rows, width: width, stride: channels, divisors: sums)
        }
      }
    }
  }
}
