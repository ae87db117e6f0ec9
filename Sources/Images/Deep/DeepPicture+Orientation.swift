extension DeepPicture {
  /// The picture as it should be seen, given the orientation that its file names.
  func turned(_ orientation: Orientation) -> DeepPicture {
    guard orientation != .upright else { return self }
    let path = orientation.path(width: width, height: height)
    let source = samples.span
    var turned: [UInt16] = []
    turned.reserveCapacity(samples.count)
    for y in 0..<path.height {
      for x in 0..<path.width {
        let start = path.source(x, y, width: width) * channels
        for channel in 0..<channels { turned.append(source[start + channel]) }
      }
    }
    return DeepPicture(
      width: path.width, height: path.height, channels: channels, bitDepth: bitDepth, samples: turned)
  }
}
