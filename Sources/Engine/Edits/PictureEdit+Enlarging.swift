import Families
import Images
import Painting
import System

extension PictureEdit {
  /// Makes a picture larger.
  ///
  /// - Parameters:
  ///   - factor: Along each side.
  ///   - mostTileEdge: Of the squares in which it is done, between which it can be stopped.
  package static func enlarging(
    by factor: Int, _ upscaler: PictureUpscaler, mostTileEdge: Int = PictureUpscaler.largestTileEdge
  ) -> PictureEdit {
    PictureEdit(
      command: "enlarge", network: upscaler.name,
      settings: [("upscale", "\(factor)"), ("upscaler", upscaler.name)], suffix: "x\(factor)"
    ) { picture, limit, progress in
      let edge = try upscaler.tileEdge(for: picture.size, channels: picture.channels, factor: factor, limit: limit)
      return try upscaler(picture, by: factor, tileEdge: min(edge, mostTileEdge), progress: progress)
    }
  }
}

extension PictureUpscaler {
  /// The largest tiles that keep within the limit.
  /// - Throws: ``UserError`` where the picture would be larger than limn writes, or even the smallest do not fit.
  package func tileEdge(for size: PictureSize, channels: Int, factor: Int, limit: MemoryLimit) throws -> Int {
    let enlarged = size.enlarged(by: factor)
    guard max(enlarged.width, enlarged.height) <= PictureLimits.side, enlarged.pixels <= PictureLimits.pixels else {
      throw UserError.request(
        "\(size) pixels \(factor) times as large are \(enlarged), more than limn writes (\(PictureLimits.side) a side, \(PictureLimits.pixels / 1_000_000) megapixels); take a smaller factor."
      )
    }
    let plans = try plans(size, channels: channels, factor: factor)
    guard let plan = plans.first(where: { $0.bytes <= limit.bytes }) else {
      throw UserError.resources(
        "Enlarging \(size) pixels \(factor) times by \(name) takes at least \(ByteCount(plans[plans.count - 1].bytes).rounded(.up)), more than \(limit.reason)."
      )
    }
    return plan.tileEdge
  }
}
