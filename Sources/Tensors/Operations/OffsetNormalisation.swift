import KernelInterface

extension Tensor {
  /// The scaling that normalises this map plus a vector for each picture, applied to this map: so that the sum is never written.
  ///
  /// A constant moves a channel's mean and leaves its deviations alone, so the moments of the sum follow from those of the
  /// map, and `(x + offset) * scale + shift` is `x * scale + (offset * scale + shift)`.
  ///
  /// - Parameters:
  ///   - groups: How many groups the channels fall into; divides their number.
  ///   - scale: `[channels]`
  ///   - shift: `[channels]`
  ///   - offsets: What is added to every pixel of each picture first, `[batch, channels]`.
  package func groupScaling(
    groups: Int, scale: Tensor, shift: Tensor, epsilon: Float, activation: Activation = .none, adding offsets: Tensor
  ) -> ChannelScaling {
    let (batch, channels) = (shape[0], shape.last ?? 0)
    precondition(
      rank >= 2 && groups > 0 && channels % groups == 0 && scale.count == channels && shift.count == channels
        && offsets.shape == [batch, channels],
      "groupScaling: \(shape) plus \(offsets.shape) in \(groups) groups with \(scale.count) scales")
    let width = channels / groups
    let (scales, shifts, added) = (scale.values, shift.values, offsets.values.map(Double.init))
    var newScale = [Float](repeating: 0, count: batch * channels)
    var newShift = newScale
    Compute.measured(.normalisation, reading: count) {
      for image in 0..<batch {
        let moments = channelMoments(image: image)
        let means = moments.indices.map { moments[$0].mean + added[image * channels + $0] }
        for group in 0..<groups {
          let members = group * width..<(group + 1) * width
          let mean = members.reduce(0) { $0 + means[$1] } / Double(width)
          let variance =
            members.reduce(0) { $0 + moments[$1].variance + (means[$1] - mean) * (means[$1] - mean) } / Double(width)
          let factor = 1 / (variance + Double(epsilon)).squareRoot()
          for channel in members {
            let place = image * channels + channel
            newScale[place] = Float(Double(scales[channel]) * factor)
            newShift[place] = Float(Double(shifts[channel]) + (added[place] - mean) * Double(newScale[place]))
          }
        }
      }
    }
    return ChannelScaling(
      scale: Tensor(shape: [batch, channels], values: newScale),
      shift: Tensor(shape: [batch, channels], values: newShift), activation: activation)
  }

  /// Mean and variance of each channel of one picture: by blocks of pixels, joined in double precision (Chan, Golub and
  /// LeVeque 1979).
  private func channelMoments(image: Int) -> [(mean: Double, variance: Double)] {
    let channels = shape[rank - 1]
    let pixels = count / shape[0] / channels
    let source = unsafe storage.base + image * pixels * channels
    let (values, blocks, blockPixels) = unsafe Tensor.blockMoments(source, pixels: pixels, channels: channels)
    return (0..<channels).map { channel in
      var (number, mean, squares) = (0.0, 0.0, 0.0)
      for block in 0..<blocks {
        let rows = Double(min(blockPixels, pixels - block * blockPixels))
        let delta = Double(values[block * 2 * channels + channel]) - mean
        let total = number + rows
        squares += Double(values[(block * 2 + 1) * channels + channel]) + delta * delta * number * rows / total
        mean += delta * rows / total
        number = total
      }
      return (mean, squares / number)
    }
  }
}
