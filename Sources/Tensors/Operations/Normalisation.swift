import KernelInterface
import System

extension Tensor {
  /// Group normalisation of a feature map `[batch, ..., channels]` (Wu and He 2018), then an activation.
  ///
  /// - Parameters:
  ///   - groups: How many groups the channels fall into; divides their number.
  ///   - scale: `[channels]`
  ///   - shift: `[channels]`
  package func groupNormalised(
    groups: Int, scale: Tensor, shift: Tensor, epsilon: Float, activation: Activation = .none
  ) -> Tensor {
    scaled(
      by: groupScaling(groups: groups, scale: scale, shift: shift, epsilon: epsilon, activation: activation))
  }

  /// The scaling that ``groupNormalised(groups:scale:shift:epsilon:activation:)`` comes to.
  package func groupScaling(
    groups: Int, scale: Tensor, shift: Tensor, epsilon: Float, activation: Activation = .none
  ) -> ChannelScaling {
    let channels = shape.last ?? 0
    precondition(
      rank >= 2 && groups > 0 && channels % groups == 0 && scale.count == channels && shift.count == channels,
      "groupScaling: \(shape) in \(groups) groups with \(scale.count) scales")
    let batch = shape[0]
    let pixels = count / batch / channels
    return Compute.measured(.normalisation, reading: count) {
      let factors = (0..<batch).map { image in
        unsafe groupFactors(
          storage.base + image * pixels * channels, pixels: pixels, channels: channels, groups: groups, scale: scale,
          shift: shift, epsilon: epsilon)
      }
      return ChannelScaling(
        scale: Tensor(shape: [batch, channels], values: factors.flatMap(\.scale)),
        shift: Tensor(shape: [batch, channels], values: factors.flatMap(\.shift)), activation: activation)
    }
  }

  /// Means and sums of squared differences of each channel, by blocks of pixels: `[blocks, 2, channels]`, with their number and the
  /// pixels of each but the last.
  static func blockMoments(
    _ source: UnsafePointer<Float>, pixels: Int, channels: Int
  ) -> (values: [Float], blocks: Int, blockPixels: Int) {
    let blockPixels = max(1, min(pixels, (1 << 16) / channels))
    let blocks = (pixels + blockPixels - 1) / blockPixels
    let moments = unsafe Tensor(shape: [blocks, 2, channels]) { moments in
      let start = moments.baseAddress!
      Compute.pool.forEach(blocks) { block in
        let first = block * blockPixels
        let place = unsafe start + block * 2 * channels
        unsafe Compute.kernels.columnMoments(
          source + first * channels, rows: min(blockPixels, pixels - first), channels: channels, means: place,
          squares: place + channels)
      }
    }
    return (moments.values, blocks, blockPixels)
  }

  /// The scale and shift a channel that normalise its group: moments by blocks of pixels, joined in double precision
  /// (Chan, Golub and LeVeque 1979).
  private func groupFactors(
    _ source: UnsafePointer<Float>, pixels: Int, channels: Int, groups: Int, scale: Tensor, shift: Tensor,
    epsilon: Float
  ) -> (scale: [Float], shift: [Float]) {
    let (values, blocks, blockPixels) = unsafe Tensor.blockMoments(source, pixels: pixels, channels: channels)
    let width = channels / groups
    var newScale = scale.values
    var newShift = shift.values
    for group in 0..<groups {
      var (number, mean, squares) = (0.0, 0.0, 0.0)
      for block in 0..<blocks {
        let rows = Double(min(blockPixels, pixels - block * blockPixels))
        for channel in group * width..<(group + 1) * width {
          let blockMean = Double(values[block * 2 * channels + channel])
          let delta = blockMean - mean
          let total = number + rows
          squares += Double(values[(block * 2 + 1) * channels + channel]) + delta * delta * number * rows / total
          mean += delta * rows / total
          number = total
        }
      }
      let factor = 1 / (squares / number + Double(epsilon)).squareRoot()
      for channel in group * width..<(group + 1) * width {
        newScale[channel] = Float(Double(newScale[channel]) * factor)
        newShift[channel] = Float(Double(newShift[channel]) - mean * Double(newScale[channel]))
      }
    }
    return (newScale, newShift)
  }

  /// Layer normalisation over the last axis (Ba et al. 2016), with a scale and shift where given.
  package func layerNormalised(scale: Tensor? = nil, shift: Tensor? = nil, epsilon: Float) -> Tensor {
    let channels = shape.last ?? 0
    precondition(
      channels > 0 && (scale?.count ?? channels) == channels && (shift?.count ?? channels) == channels,
      "layerNormalised: \(shape) with \(scale?.shape ?? []) and \(shift?.shape ?? [])")
    return Compute.measured(.normalisation) {
      unsafe Tensor(shape: shape) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(count / channels, minimum: 8) { rows in
          let offset = rows.lowerBound * channels
          unsafe Compute.kernels.layerNormalise(
            storage.base + offset, into: target + offset, rows: rows.count, channels: channels,
            scale: scale.map { unsafe UnsafePointer($0.storage.base) },
            shift: shift.map { unsafe UnsafePointer($0.storage.base) }, epsilon: epsilon)
        }
      }
    }
  }

  /// Root mean square normalisation over the last axis (Zhang and Sennrich 2019), with a scale where given. For one per head,
  /// the heads are an axis of their own: `[..., heads, width]`.
  package func rmsNormalised(scale: Tensor? = nil, epsilon: Float) -> Tensor {
    let channels = shape.last ?? 0
    precondition(
      channels > 0 && (scale?.count ?? channels) == channels, "rmsNormalised: \(shape) with \(scale?.shape ?? [])")
    return Compute.measured(.normalisation) {
      unsafe Tensor(shape: shape) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(count / channels, minimum: max(1, (1 << 14) / channels)) { rows in
          let offset = rows.lowerBound * channels
          unsafe Compute.kernels.rootMeanSquareNormalise(
            storage.base + offset, into: target + offset, rows: rows.count, channels: channels,
            scale: scale.map { unsafe UnsafePointer($0.storage.base) }, epsilon: epsilon)
        }
      }
    }
  }
}
