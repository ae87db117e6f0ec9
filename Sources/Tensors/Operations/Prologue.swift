import KernelInterface

/// What happens to a feature map on its way into a convolution: its channels are scaled, then every pixel is doubled in both
/// directions. A convolution that can does it part by part, so that neither map is ever written.
package struct Prologue: Sendable {
  package var scaling: ChannelScaling?
  package var doubles: Bool

  package init(scaling: ChannelScaling? = nil, doubles: Bool = false) {
    self.scaling = scaling
    self.doubles = doubles
  }

  package static let none = Prologue()

  /// The whole map after it.
  func applied(to x: Tensor) -> Tensor {
    let scaled = scaling.map { x.scaled(by: $0) } ?? x
    return doubles ? scaled.enlargedNearest(height: 2 * x.shape[1], width: 2 * x.shape[2]) : scaled
  }
}

/// `activation(x * scale + shift)` with a scale and a shift for each picture's every channel: what a group normalisation comes
/// to once its moments are known.
package struct ChannelScaling: Sendable {
  /// `[batch, channels]`
  let scale: Tensor
  /// `[batch, channels]`
  let shift: Tensor
  let activation: Activation

  /// Applies it to some pixels of one picture.
  func apply(to source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, pixels: Int, image: Int) {
    let channels = scale.shape[1]
    unsafe Compute.kernels.scaleColumns(
      source, into: target, rows: pixels, channels: channels, scale: scale.storage.base + image * channels,
      shift: shift.storage.base + image * channels, activation: activation)
  }
}

extension Tensor {
  /// A feature map `[batch, ..., channels]`, its channels scaled.
  package func scaled(by scaling: ChannelScaling) -> Tensor {
    let (batch, channels) = (shape[0], shape[rank - 1])
    precondition(scaling.scale.shape == [batch, channels], "scaled: \(shape) by \(scaling.scale.shape)")
    let pixels = count / batch / channels
    return Compute.measured(.normalisation) {
      unsafe Tensor(shape: shape) { result in
        let target = result.baseAddress!
        for image in 0..<batch {
          Compute.pool.forRanges(pixels, minimum: 8) { range in
            let offset = (image * pixels + range.lowerBound) * channels
            unsafe scaling.apply(to: storage.base + offset, into: target + offset, pixels: range.count, image: image)
          }
        }
      }
    }
  }
}
