import Families
import Images
import System

extension PictureSettings {
  /// At most one way to say how large.
  ///
  /// - Parameter reference: The size of the picture to start from.
  /// - Throws: ``UserError/request(_:)`` where two ways are said.
  package func sizeWish(reference: PictureSize?) throws(UserError) -> SizeWish {
    if width != nil || height != nil {
      guard let width, let height else {
        throw .request("`width` and `height` go together; or use `aspect` with `size`.")
      }
      guard aspect == nil, size == nil, megapixels == nil else {
        throw .request("`width` and `height` leave nothing for `aspect`, `size` or `megapixels` to say.")
      }
      return .exact(PictureSize(width: width, height: height))
    }
    guard size == nil || megapixels == nil else {
      throw .request("`size` and `megapixels` say the same thing; use one of them.")
    }
    let pixels = size?.pixels ?? megapixels.map { Int($0 * 1_000_000) }
    if aspect == nil, pixels == nil { return reference.map { .like($0) } ?? .standard }
    return .aspect(aspect ?? reference?.aspect ?? AspectRatio(width: 1, height: 1), pixels: pixels)
  }
}
