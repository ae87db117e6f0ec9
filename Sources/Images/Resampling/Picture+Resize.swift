/// A rectangle of a picture in pixels, edges between pixels: (0, 0, width, height) is the whole.
package struct PictureRegion: Equatable, Sendable {
  package var left: Float
  package var top: Float
  package var right: Float
  package var bottom: Float

  package init(left: Float, top: Float, right: Float, bottom: Float) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }
}

extension Picture {
  /// The picture, or `region` of it, in a new size; the values of Pillow's `Image.resize(size, filter, box=region)`.
  package func resized(
    width newWidth: Int, height newHeight: Int, filter: ResamplingFilter = .lanczos, region: PictureRegion? = nil
  ) -> Picture {
    precondition(newWidth > 0 && newHeight > 0, "resized: \(newWidth)x\(newHeight) is no size for a picture")
    let whole = PictureRegion(left: 0, top: 0, right: Float(width), bottom: Float(height))
    let region = region ?? whole
    precondition(
      region.left >= 0 && region.top >= 0 && region.right <= whole.right && region.bottom <= whole.bottom
        && region.left < region.right && region.top < region.bottom,
      "resized: \(region) is not within a picture of \(width)x\(height)")
    if filter == .nearest { return nearest(width: newWidth, height: newHeight, region: region) }
    let isWide = newWidth == width && region.left == 0 && region.right == whole.right
    let isHigh = newHeight == height && region.top == 0 && region.bottom == whole.bottom
    let narrowed =
      isWide
      ? self
      : resizedAcross(
        ResamplingTaps(
          sourceCount: width, region: region.left..<region.right, targetCount: newWidth, filter: filter))
    return isHigh
      ? narrowed
      : narrowed.resizedDown(
        ResamplingTaps(
          sourceCount: height, region: region.top..<region.bottom, targetCount: newHeight, filter: filter))
  }

  /// Scaled to cover `newWidth` x `newHeight`, what stands over cropped evenly: Pillow's `ImageOps.fit`.
  package func fitted(width newWidth: Int, height newHeight: Int, filter: ResamplingFilter = .lanczos) -> Picture {
    precondition(newWidth > 0 && newHeight > 0, "fitted: \(newWidth)x\(newHeight) is no size for a picture")
    let ratio = Double(width) / Double(height)
    let newRatio = Double(newWidth) / Double(newHeight)
    let cropWidth = ratio > newRatio ? newRatio * Double(height) : Double(width)
    let cropHeight = ratio < newRatio ? Double(width) / newRatio : Double(height)
    let left = (Double(width) - cropWidth) * 0.5
    let top = (Double(height) - cropHeight) * 0.5
    return resized(
      width: newWidth, height: newHeight, filter: filter,
      region: PictureRegion(
        left: Float(left), top: Float(top), right: min(Float(left + cropWidth), Float(width)),
        bottom: min(Float(top + cropHeight), Float(height))))
  }

  private func resizedAcross(_ taps: ResamplingTaps) -> Picture {
    let source = pixels.span
    let weights = taps.weights.span
    var result: [UInt8] = []
    result.reserveCapacity(taps.starts.count * height * 3)
    for row in 0..<height {
      for (start, range) in zip(taps.starts, taps.ranges) {
        var position = (row * width + start) * 3
        var sum = SIMD4<Int32>(repeating: ResamplingTaps.half)
        for tap in range {
          let pixel = SIMD4(
            Int32(source[position]), Int32(source[position + 1]), Int32(source[position + 2]), 0)
          sum &+= pixel &* weights[tap]
          position += 3
        }
        for channel in 0..<3 { result.append(ResamplingTaps.sample(sum[channel])) }
      }
    }
    return Picture(width: taps.starts.count, height: height, pixels: result)
  }

  private func resizedDown(_ taps: ResamplingTaps) -> Picture {
    let source = pixels.span
    let stride = width * 3
    var result: [UInt8] = []
    result.reserveCapacity(taps.starts.count * stride)
    var sums = [Int32](repeating: 0, count: stride)
    for (start, range) in zip(taps.starts, taps.ranges) {
      for column in sums.indices { sums[column] = ResamplingTaps.half }
      for (row, tap) in zip(start..., range) {
        let weight = taps.weights[tap]
        for column in sums.indices { sums[column] &+= Int32(source[row * stride + column]) &* weight }
      }
      for sum in sums { result.append(ResamplingTaps.sample(sum)) }
    }
    return Picture(width: width, height: taps.starts.count, pixels: result)
  }

  private func nearest(width newWidth: Int, height newHeight: Int, region: PictureRegion) -> Picture {
    let columns = Self.nearestPositions(region.left..<region.right, count: newWidth, limit: width)
    let rows = Self.nearestPositions(region.top..<region.bottom, count: newHeight, limit: height)
    var result: [UInt8] = []
    result.reserveCapacity(newWidth * newHeight * 3)
    for row in rows {
      for column in columns {
        let start = (row * width + column) * 3
        result.append(contentsOf: pixels[start..<start + 3])
      }
    }
    return Picture(width: newWidth, height: newHeight, pixels: result)
  }

  /// Positions are summed up step by step in double, as Pillow's `ImagingScaleAffine` does, roundings included.
  private static func nearestPositions(_ region: Range<Float>, count: Int, limit: Int) -> [Int] {
    let step = Double(region.upperBound - region.lowerBound) / Double(count)
    var position = Double(region.lowerBound) + step * 0.5
    return (0..<count).map { _ in
      defer { position += step }
      return min(Int(position), limit - 1)
    }
  }
}
