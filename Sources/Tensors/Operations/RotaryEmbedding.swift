import System

/// The angles of a rotary position embedding (Su et al. 2021): cosines and sines of every pair of channels of a head, a row for
/// each token.
package struct RotaryTable: Sendable {
  /// Which two channels of a head turn together.
  package enum Pairs: Sendable {
    /// Channel i with channel `width / 2 + i`, as in Llama and Qwen.
    case halves
    /// Channel 2 i with channel 2 i + 1, as in FLUX and Z-Image.
    case interleaved
  }

  /// `[tokens, width / 2]`
  package let cosines: Tensor
  /// `[tokens, width / 2]`
  package let sines: Tensor
  package let pairs: Pairs

  /// - Parameters:
  ///   - cosines: `[tokens, width / 2]`
  ///   - sines: `[tokens, width / 2]`
  package init(cosines: Tensor, sines: Tensor, pairs: Pairs) {
    precondition(
      cosines.rank == 2 && cosines.shape == sines.shape, "RotaryTable: \(cosines.shape) with \(sines.shape)")
    self.cosines = cosines
    self.sines = sines
    self.pairs = pairs
  }

  /// Tokens with a place on several axes, each of which turns channels of its own: angles in float64, as diffusers makes them.
  ///
  /// - Parameters:
  ///   - places: Each token's place on each axis.
  ///   - widths: Channels of a head for each axis, even; together a head's width.
  ///   - base: Pair i of an axis of w channels turns by `place / base^(2 i / w)`.
  package init(places: [[Double]], widths: [Int], base: Double, pairs: Pairs) {
    let half = widths.reduce(0, +) / 2
    var (cosines, sines): ([Float], [Float]) = ([], [])
    cosines.reserveCapacity(places.count * half)
    sines.reserveCapacity(places.count * half)
    let rates = widths.map { width in (0..<width / 2).map { 1 / pow(base, Double(2 * $0) / Double(width)) } }
    for token in places {
      precondition(
        token.count == widths.count, "RotaryTable: a place of \(token.count) numbers for \(widths.count) axes")
      for (place, rates) in zip(token, rates) {
        for rate in rates {
          cosines.append(Float(cos(place * rate)))
          sines.append(Float(sin(place * rate)))
        }
      }
    }
    self.init(
      cosines: Tensor(shape: [places.count, half], values: cosines),
      sines: Tensor(shape: [places.count, half], values: sines), pairs: pairs)
  }
}

extension Tensor {
  /// Queries or keys of several heads, `[batch, tokens, heads * width]`, turned by their tokens' angles. The width of a head is the
  /// table's.
  package func rotated(by table: RotaryTable) -> Tensor {
    let (tokens, half) = (table.cosines.shape[0], table.cosines.shape[1])
    let channels = shape.last ?? 0
    precondition(
      rank == 3 && shape[1] == tokens && half > 0 && channels % (2 * half) == 0,
      "rotated: \(shape) by a table of \(tokens) tokens and \(half) pairs")
    return Compute.measured(.elementwise) {
      unsafe Tensor(shape: shape) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(count / channels, minimum: max(1, (1 << 14) / channels)) { rows in
          for row in rows {
            unsafe Compute.kernels.rotatePairs(
              storage.base + row * channels, into: target + row * channels, heads: channels / (2 * half),
              width: 2 * half, cosines: table.cosines.storage.base + row % tokens * half,
              sines: table.sines.storage.base + row % tokens * half, interleaved: table.pairs == .interleaved)
          }
        }
      }
    }
  }
}
