extension DeepPicture {
  /// The picture in a new size: Pillow's filters, in whole numbers.
  package func resized(width newWidth: Int, height newHeight: Int, filter: ResamplingFilter = .lanczos) -> DeepPicture {
    let across = ResamplingTaps(
      sourceCount: width, region: 0..<Float(width), targetCount: newWidth, filter: filter)
    let down = ResamplingTaps(
      sourceCount: height, region: 0..<Float(height), targetCount: newHeight, filter: filter)
    return mapped(across, acrossRows: true, to: (newWidth, height)).mapped(
      down, acrossRows: false, to: (newWidth, newHeight))
  }

  private func mapped(_ taps: ResamplingTaps, acrossRows: Bool, to size: (width: Int, height: Int)) -> DeepPicture {
    let (source, weights) = (samples.span, taps.weights.span)
    let step = acrossRows ? channels : width * channels
    var result = [UInt16](repeating: 0, count: size.width * size.height * channels)
    for row in 0..<size.height {
      for column in 0..<size.width {
        let place = acrossRows ? column : row
        let start = acrossRows ? row * width * channels : column * channels
        for channel in 0..<channels {
          var sum = Int(ResamplingTaps.half)
          var position = start + taps.starts[place] * step + channel
          for tap in taps.ranges[place] {
            sum += Int(source[position]) * Int(weights[tap])
            position += step
          }
          let value = min(max(sum >> Int(ResamplingTaps.fractionBits), 0), highest)
          result[(row * size.width + column) * channels + channel] = UInt16(value)
        }
      }
    }
    return DeepPicture(
      width: size.width, height: size.height, channels: channels, bitDepth: bitDepth, samples: result)
  }
}
