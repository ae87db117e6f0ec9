import Families
import Images

/// The whole picture of which a part is painted, and what of it is.
struct Frame: Sendable {
  let picture: Picture
  /// With soft edges, of the whole picture's size.
  let mask: Mask
  let region: PixelRectangle

  /// The whole picture with what was painted of the region, in whatever size, where the mask is white.
  func holding(_ painted: Picture) -> Picture {
    let part = painted.resized(width: region.width, height: region.height)
    return picture.painted(over: mask, with: picture.replacing(region, with: part))
  }
}

extension PictureSettings {
  /// What is painted of a part alone is as large as the model likes, in the reference's aspect.
  func framedSizeWish(reference: PictureSize?) throws -> SizeWish {
    let wish = try sizeWish(reference: reference)
    guard maskPadding != nil, case .like(let size) = wish else { return wish }
    return .aspect(size.aspect, pixels: nil)
  }
}
