import Images
import System

/// A picture that a prompt speaks of, as FLUX.2 sees it: at most a megapixel, its sides cut to whole tokens (diffusers'
/// `Flux2ImageProcessor`).
enum Flux2Reference {
  private static let largestArea = 1024 * 1024
  private static let shortestSide = 64
  private static let mostElongated = 8.0

  /// - Throws: ``UserError/input(_:)`` where it is too small or too long.
  static func prepared(_ picture: Picture, multiple: Int) throws -> Picture {
    let shrunk = try shrunkSize(picture.size)
    let whole = try size(of: picture.size, multiple: multiple)
    let small = picture.size == shrunk ? picture : picture.resized(width: shrunk.width, height: shrunk.height)
    guard shrunk != whole else { return small }
    let (left, top) = ((shrunk.width - whole.width) / 2, (shrunk.height - whole.height) / 2)
    return small.resized(
      width: whole.width, height: whole.height,
      region: PictureRegion(
        left: Float(left), top: Float(top), right: Float(left + whole.width), bottom: Float(top + whole.height)))
  }

  /// How large it is when the model looks at it.
  static func size(of size: PictureSize, multiple: Int) throws -> PictureSize {
    let shrunk = try shrunkSize(size)
    return PictureSize(width: shrunk.width / multiple * multiple, height: shrunk.height / multiple * multiple)
  }

  private static func shrunkSize(_ size: PictureSize) throws -> PictureSize {
    guard size.width >= shortestSide, size.height >= shortestSide else {
      throw UserError.input(
        "A `reference` is \(size) pixels; the model looks at pictures of at least \(shortestSide) pixels a side.")
    }
    let (width, height) = (Double(size.width), Double(size.height))
    guard max(width / height, height / width) <= mostElongated else {
      throw UserError.input(
        "A `reference` is \(size) pixels; the model looks at pictures of at most \(Int(mostElongated)) to 1.")
    }
    guard size.pixels > largestArea else { return size }
    let scale = (Double(largestArea) / Double(size.pixels)).squareRoot()
    return PictureSize(width: Int(width * scale), height: Int(height * scale))
  }
}
