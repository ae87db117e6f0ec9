import KernelInterface

extension Tensor {
  /// `activation(convolution + bias)` where each channel has a window of its own (Howard et al. 2017, depthwise).
  ///
  /// - Parameters:
  ///   - weight: `[height, width, channels]`, as many as the map `[batch, rows, columns, channels]` has.
  ///   - bias: `[channels]`
  package func depthwiseConvolved(
    weight: Tensor, bias: Tensor, stride: Int, padding: Padding, activation: Activation = .none
  ) -> Tensor {
    precondition(
      rank == 4 && weight.shape.dropFirst(2) == [shape[3]] && bias.count == shape[3],
      "depthwiseConvolved: \(shape) by \(weight.shape)")
    let channels = shape[3]
    let geometry = ConvolutionGeometry(
      height: weight.shape[0], width: weight.shape[1], stride: stride, padding: padding)
    return unsafe overWindows(geometry) { pixel, taps in
      unsafe pixel.update(from: bias.storage.base, count: channels)
      for (tap, place) in taps {
        let source = unsafe storage.base + place * channels
        let factors = unsafe weight.storage.base + tap * channels
        for channel in 0..<channels { unsafe pixel[channel] += source[channel] * factors[channel] }
      }
      unsafe Compute.kernels.activate(UnsafePointer(pixel), into: pixel, count: channels, activation: activation)
    }
  }

  /// The largest value of each channel in windows of a map; nothing is taken from outside it.
  package func maxPooled(edge: Int, stride: Int, padding: Padding) -> Tensor {
    precondition(rank == 4, "maxPooled: \(shape) is not a feature map")
    let channels = shape[3]
    let geometry = ConvolutionGeometry(height: edge, width: edge, stride: stride, padding: padding)
    return unsafe overWindows(geometry) { pixel, taps in
      unsafe pixel.update(repeating: -.infinity, count: channels)
      for (_, place) in taps {
        let source = unsafe storage.base + place * channels
        for channel in 0..<channels { unsafe pixel[channel] = max(pixel[channel], source[channel]) }
      }
    }
  }

  /// The mean of each channel over all pixels, `[batch, channels]`.
  package var pixelMeans: Tensor {
    let (batch, channels) = (shape[0], shape[rank - 1])
    let pixels = count / batch / channels
    return unsafe Tensor(shape: [batch, channels]) { result in
      for image in 0..<batch {
        var sums = [Double](repeating: 0, count: channels)
        for pixel in 0..<pixels {
          let source = unsafe storage.base + (image * pixels + pixel) * channels
          for channel in 0..<channels { unsafe sums[channel] += Double(source[channel]) }
        }
        for channel in 0..<channels {
          unsafe result[image * channels + channel] = Float(sums[channel] / Double(pixels))
        }
      }
    }
  }

  /// A map with pixels mirrored around it: the outermost ones stand once, as torch's `reflect`.
  package func reflectPadded(_ padding: Padding) -> Tensor {
    precondition(rank == 4, "reflectPadded: \(shape) is not a feature map")
    let (rows, columns, channels) = (shape[1], shape[2], shape[3])
    let (height, width) = (rows + padding.top + padding.bottom, columns + padding.left + padding.right)
    let places = (0..<width).map { ($0 - padding.left).mirrored(within: columns) }
    return Compute.measured(.layout) {
      unsafe Tensor(shape: [shape[0], height, width, channels]) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(shape[0] * height, minimum: 4) { lines in
          for line in lines {
            let row = line / height * rows + (line % height - padding.top).mirrored(within: rows)
            let source = unsafe storage.base + row * columns * channels
            let start = unsafe target + line * width * channels
            for (column, place) in places.enumerated() {
              unsafe (start + column * channels).update(from: source + place * channels, count: channels)
            }
          }
        }
      }
    }
  }

  /// A picture's rows and columns from (`top`, `left`), `[batch, height, width, channels]`.
  package func window(top: Int, left: Int, height: Int, width: Int) -> Tensor {
    precondition(
      rank == 4 && top >= 0 && left >= 0 && top + height <= shape[1] && left + width <= shape[2],
      "window: \(height)x\(width) from (\(top), \(left)) of \(shape)")
    let (rows, columns, channels) = (shape[1], shape[2], shape[3])
    return unsafe Tensor(shape: [shape[0], height, width, channels]) { result in
      for line in 0..<shape[0] * height {
        let row = line / height * rows + top + line % height
        unsafe (result.baseAddress! + line * width * channels)
          .update(from: storage.base + (row * columns + left) * channels, count: width * channels)
      }
    }
  }

  /// Makes every pixel of the result from the taps of its window that lie in the map: their numbers and pixels, row by row.
  private func overWindows(
    _ geometry: ConvolutionGeometry,
    _ body: @escaping (UnsafeMutablePointer<Float>, [(tap: Int, place: Int)]) -> Void
  ) -> Tensor {
    let map = FeatureMap(shape)
    let (height, width) = geometry.resultSize(map)
    return Compute.measured(.elementwise) {
      unsafe Tensor(shape: [map.batch, height, width, map.channels]) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(map.batch * height) { lines in
          var taps: [(tap: Int, place: Int)] = []
          for line in lines {
            let image = line / height * map.rows * map.columns
            for column in 0..<width {
              taps.removeAll(keepingCapacity: true)
              for tap in 0..<geometry.height * geometry.width {
                let y = line % height * geometry.stride - geometry.padding.top + tap / geometry.width
                let x = column * geometry.stride - geometry.padding.left + tap % geometry.width
                guard y >= 0, y < map.rows, x >= 0, x < map.columns else { continue }
                taps.append((tap, image + y * map.columns + x))
              }
              unsafe body(target + (line * width + column) * map.channels, taps)
            }
          }
        }
      }
    }
  }
}

extension Int {
  /// The place within `0..<count` that a place outside mirrors.
  fileprivate func mirrored(within count: Int) -> Int {
    guard count > 1 else { return 0 }
    let period = 2 * (count - 1)
    let place = (self % period + period) % period
    return Swift.min(place, period - place)
  }
}
