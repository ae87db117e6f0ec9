import Checkpoints
import Images
import Networks
import System
import Tensors

/// A network that enlarges pictures, opened and checked by its configuration; its weights are read when first needed.
package final class PictureUpscaler: Sendable {
  package let name: String
  package let path: String
  /// How many times larger the network itself makes a picture, along each side.
  package let scale: Int
  private let kind: UpscalerKind
  private let network: Part<any Upscaler>

  init(path: String, name: String) throws {
    let file = try UpscalerFile(path)
    kind = try UpscalerKind(file.configuration, origin: path)
    network = Part(from: { file.source }, { [kind] in try kind.load($0) })
    scale = kind.scale
    (self.name, self.path) = (name, path)
    guard scale > 1 else {
      throw UserError.request("\(name) leaves pictures as large as they are; name an `upscaler` that enlarges.")
    }
  }

  /// Gives the weights' memory back; they are read again when next needed.
  package func release() { network.release() }

  /// A way to enlarge: the sides of the tiles in pixels, and what the work takes in all, in bytes: the pictures before and after and
  /// the weights included.
  package struct Plan: Sendable, Hashable {
    package let tileEdge: Int
    package let bytes: Int
  }

  /// The ways to enlarge a picture, the fastest first.
  package func plans(_ size: PictureSize, channels: Int = 3, factor: Int) throws -> [Plan] {
    let weights = try network.size() * 2
    let pictures = (size.pixels + size.enlarged(by: factor).pixels) * channels * MemoryLayout<UInt16>.stride
    return Self.tileEdges.map { edge in
      let side = edge + 2 * kind.margin
      let tile = min(side, size.width) * min(side, size.height)
      return Plan(tileEdge: edge, bytes: weights + pictures + Self.workingBytes + tile * kind.bytesPerPixel)
    }
  }

  package static let largestTileEdge = tileEdges[0]
  private static let tileEdges = [1024, 768, 512, 384, 256, 192, 128, 96, 64, 32]
  /// What convolutions work on, measured.
  private static let workingBytes = 64 << 20

  /// - Parameters:
  ///   - factor: How many times larger the picture shall become, along each side.
  ///   - tileEdge: Of the squares in which it is enlarged, in pixels.
  ///   - progress: Hears how many tiles of how many are done; an error thrown there ends the work.
  /// - Throws: A sentence where the weights are missing, damaged or of another shape.
  package func callAsFunction(
    _ picture: DeepPicture, by factor: Int, tileEdge: Int, progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> DeepPicture {
    let network = try network.loaded()
    let passes = EnlargementPass.passes(factor: factor, scale: scale)
    var enlarged = picture
    var done = 0
    // A later pass has so many times more tiles; all are counted beforehand.
    var size = picture.size
    var total = 0
    for pass in passes {
      total += pass.tiles(of: size, edge: tileEdge)
      size = size.enlarged(by: pass.factor)
    }
    for pass in passes {
      enlarged = try pass(enlarged, network, tileEdge: tileEdge) {
        done += 1
        try progress(done, total)
      } damage: {
        UserError.input("\(path): the upscaler made NaN values; its weights are damaged.")
      }
    }
    let wanted = picture.size.enlarged(by: factor)
    return enlarged.size == wanted ? enlarged : enlarged.resized(width: wanted.width, height: wanted.height)
  }
}

extension PictureSize {
  package func enlarged(by factor: Int) -> PictureSize { PictureSize(width: factor * width, height: factor * height) }
}
