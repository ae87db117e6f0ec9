import System

/// Width to height, as a person writes it: `16:9`.
package struct AspectRatio: Sendable, Equatable, CustomStringConvertible {
  package let width: Int
  package let height: Int

  package init(width: Int, height: Int) {
    precondition(width > 0 && height > 0, "AspectRatio: \(width):\(height)")
    self.width = width
    self.height = height
  }

  /// Reads `W:H` (also `WxH` and `W/H`) of positive whole numbers, at most 21 to 1 either way; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: /[:xX\/]/, omittingEmptySubsequences: false)
    guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]), width > 0, height > 0,
      width <= 1 << 16, height <= 1 << 16, width <= 21 * height, height <= 21 * width
    else { return nil }
    self.init(width: width, height: height)
  }

  package var description: String { "\(width):\(height)" }

  /// Width divided by height.
  package var value: Double { Double(width) / Double(height) }

  /// Those that `--help` names.
  package static let common = ["1:1", "4:3", "3:2", "16:9", "21:9", "3:4", "2:3", "9:16"]

  /// How far two ratios are apart: the logarithm of their quotient, without its sign.
  package func distance(to other: AspectRatio) -> Double { abs(log(value / other.value)) }
}

/// A picture's width and height in pixels.
package struct PictureSize: Sendable, Equatable, Hashable, CustomStringConvertible {
  package let width: Int
  package let height: Int

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  package var description: String { "\(width)x\(height)" }
  package var pixels: Int { width * height }
  package var aspect: AspectRatio { AspectRatio(width: width, height: height) }

  /// The size of this aspect and about this many pixels, each side a multiple of `multiple`.
  ///
  /// Models are trained on such buckets. The ratio counts for twice as much as the number of pixels.
  package static func bucket(_ aspect: AspectRatio, pixels: Int, multiple: Int) -> PictureSize {
    let limit = Int((Double(pixels) * 21).squareRoot()) / multiple + 1
    var best = (size: PictureSize(width: multiple, height: multiple), error: Double.infinity)
    for columns in 1...max(1, limit) {
      let width = columns * multiple
      let ideal = Double(width) / aspect.value / Double(multiple)
      for rows in Set([max(1, Int(ideal)), max(1, Int(ideal) + 1)]).sorted() {
        let size = PictureSize(width: width, height: rows * multiple)
        let error = size.aspect.distance(to: aspect) + abs(log(Double(size.pixels) / Double(pixels))) / 2
        if error < best.error - 1e-9 { best = (size, error) }
      }
    }
    return best.size
  }
}

/// How large a picture is wanted, where no width and height are given.
package enum SizeClass: String, Sendable, CaseIterable {
  case small
  case medium
  case large

  /// About so many pixels: squares of 256, 512 and 1024.
  package var pixels: Int {
    switch self {
    case .small: 256 * 256
    case .medium: 512 * 512
    case .large: 1024 * 1024
    }
  }
}
