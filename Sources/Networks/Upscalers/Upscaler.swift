import JSON
import Tensors

/// A network that enlarges pictures.
package protocol Upscaler: Sendable {
  /// How many times larger a picture becomes, along each side.
  var scale: Int { get }
  /// Pixels around a tile with which it comes out as it does within the whole picture, or so nearly that nobody sees it.
  var margin: Int { get }
  /// What the sides of a picture must be multiples of.
  var unit: Int { get }

  /// - Parameter picture: `[1, height, width, 3]`, values 0 to 1.
  /// - Returns: `[1, scale * height, scale * width, 3]`, values around 0 to 1.
  func enlarged(_ picture: Tensor) -> Tensor
}

/// The kinds of networks that enlarge, by the names of their published classes.
package enum UpscalerKind: Sendable {
  case denseBlocks(RRDBNetConfiguration)
  case compact(SRVGGNetCompactConfiguration)

  /// - Parameter json: `_class_name` and the class's own settings.
  /// - Throws: ``NetworkError/configuration(_:)`` for other classes.
  package init(_ json: JSONValue, origin: String) throws {
    switch json["_class_name"]?.string {
    case "RRDBNet": self = .denseBlocks(try RRDBNetConfiguration(json, origin: origin))
    case "SRVGGNetCompact": self = .compact(try SRVGGNetCompactConfiguration(json, origin: origin))
    case let other:
      throw NetworkError.configuration(
        "\(origin): limn does not run upscalers of class \(other ?? "none"); it runs RRDBNet and SRVGGNetCompact.")
    }
  }

  /// How many times larger a picture becomes, along each side.
  package var scale: Int {
    switch self {
    case .denseBlocks(let configuration): configuration.scale
    case .compact(let configuration): configuration.upscale
    }
  }

  /// Pixels around a tile that count for it.
  package var margin: Int {
    switch self {
    case .denseBlocks(let configuration): configuration.margin
    case .compact(let configuration): configuration.margin
    }
  }

  /// Memory for each pixel of a tile, in bytes.
  package var bytesPerPixel: Int {
    switch self {
    case .denseBlocks(let configuration): configuration.bytesPerPixel
    case .compact(let configuration): configuration.bytesPerPixel
    }
  }

  package func load(_ weights: Weights) throws -> any Upscaler {
    switch self {
    case .denseBlocks(let configuration): try RRDBNet(configuration, weights)
    case .compact(let configuration): try SRVGGNetCompact(configuration, weights)
    }
  }
}
