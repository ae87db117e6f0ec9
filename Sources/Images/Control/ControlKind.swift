/// What a control picture shows, or what is made of a picture before a network is controlled by it.
package enum ControlKind: String, Sendable, CaseIterable {
  // As they are.
  case ready, tile, pose, depth
  case softEdges = "soft-edges"
  case lines, normals, segments
  // Made here.
  case canny, grey, invert, scribble, blur

  /// The number under which union ControlNets know it (xinsir's ControlNet++, diffusers' `control_mode`); nil where they do not.
  package var unionNumber: Int? {
    switch self {
    case .pose: 0
    case .depth: 1
    case .softEdges, .scribble: 2
    case .canny, .lines: 3
    case .normals: 4
    case .segments: 5
    case .tile, .blur: 6
    case .ready, .grey, .invert: nil
    }
  }

  /// The picture that the network sees.
  package func prepared(_ picture: Picture) -> Picture {
    switch self {
    case .ready, .tile, .pose, .depth, .softEdges, .lines, .normals, .segments: picture
    case .canny: picture.cannyEdges(low: ControlKind.cannyThresholds.low, high: ControlKind.cannyThresholds.high)
    case .grey: Mask(picture).picture
    case .invert: Picture(width: picture.width, height: picture.height, pixels: picture.pixels.map { 255 - $0 })
    case .scribble: picture.darkLines
    case .blur: picture.blurred(radius: ControlKind.blurRadius)
    }
  }

  /// lllyasviel's and diffusers' examples use these.
  private static let cannyThresholds = (low: 100, high: 200)
  /// A1111's `blur_gaussian`.
  private static let blurRadius = 9.0
}

extension Picture {
  /// White where the picture is darker than its middle in any channel: lines drawn on light paper, as lllyasviel's
  /// `gradio_scribble2image.py` takes them.
  fileprivate var darkLines: Picture {
    let values = stride(from: 0, to: pixels.count, by: 3).map { index -> UInt8 in
      min(pixels[index], pixels[index + 1], pixels[index + 2]) < 127 ? 255 : 0
    }
    return Mask(width: width, height: height, values: values).picture
  }

  /// Pillow's `GaussianBlur(radius)` of each channel.
  fileprivate func blurred(radius: Double) -> Picture {
    let channels = (0..<3).map { channel in
      Mask(
        width: width, height: height, values: stride(from: channel, to: pixels.count, by: 3).map { pixels[$0] }
      ).blurred(radius: radius)
    }
    return Picture(
      width: width, height: height,
      pixels: (0..<width * height).flatMap { index in channels.map { $0.values[index] } })
  }
}
