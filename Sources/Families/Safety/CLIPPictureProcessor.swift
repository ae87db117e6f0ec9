import Images
import JSON
import System
import Tensors

/// Makes of a picture what a CLIP vision tower sees (transformers' `CLIPImageProcessor`): scaled, cropped to its middle,
/// normalised.
package struct CLIPPictureProcessor: Sendable {
  private let scaling: Scaling?
  private let filter: ResamplingFilter
  private let crop: PictureSize?
  private let factor: Double?
  private let normal: [(mean: Float, deviation: Float)]?

  private enum Scaling {
    case shortestEdge(Int)
    case exact(PictureSize)
  }

  /// The longest side that is looked at, in shortest ones: what stands further out is cropped anyway, and a strip a
  /// thousand times as long as wide would be scaled to gigabytes.
  private static let longestStrip = 256

  /// - Parameters:
  ///   - settings: `preprocessor_config.json`; what it leaves out is as in OpenAI's CLIP.
  ///   - edge: Of the square pictures that the vision tower sees.
  /// - Throws: ``UserError/input(_:)`` where the settings make no such pictures.
  package init(_ settings: JSONValue, edge: Int, origin: String) throws {
    let reader = Reader(settings: settings, origin: origin)
    scaling = try reader.switched("do_resize") ? reader.scaling() : nil
    filter = try reader.filter()
    crop = try reader.switched("do_center_crop") ? reader.size("crop_size") : nil
    factor = try reader.switched("do_rescale") ? reader.number("rescale_factor") ?? 1 / 255 : nil
    normal =
      try reader.switched("do_normalize")
      ? zip(
        reader.colour("image_mean") ?? [0.48145466, 0.4578275, 0.40821073],
        reader.colour("image_std") ?? [0.26862954, 0.26130258, 0.27577711]
      ).map { ($0, $1) } : nil
    let made: PictureSize? = if case .exact(let size)? = scaling { crop ?? size } else { crop }
    guard let made, made == PictureSize(width: edge, height: edge) else {
      throw UserError.input(
        "\(origin): it makes pictures of \(made.map { "\($0)" } ?? "any size"), the vision tower sees \(edge)x\(edge).")
    }
  }

  /// `[1, edge, edge, 3]`
  package func callAsFunction(_ picture: Picture) -> Tensor {
    var picture = picture
    switch scaling {
    case .exact(let size): picture = picture.resized(width: size.width, height: size.height, filter: filter)
    case .shortestEdge(let edge):
      picture = picture.middle(longest: Self.longestStrip)
      let (short, long) = (min(picture.width, picture.height), max(picture.width, picture.height))
      let longer = Int(Double(edge * long) / Double(short))
      picture =
        picture.width <= picture.height
        ? picture.resized(width: edge, height: longer, filter: filter)
        : picture.resized(width: longer, height: edge, filter: filter)
    case nil: break
    }
    if let crop { picture = picture.croppedToMiddle(crop) }
    var values = picture.pixels.map { factor == nil ? Float($0) : Float(Double($0) * (factor ?? 1)) }
    if let normal {
      for index in values.indices {
        values[index] = (values[index] - normal[index % 3].mean) / normal[index % 3].deviation
      }
    }
    return Tensor(shape: [1, picture.height, picture.width, 3], values: values)
  }

  /// Reads the settings, each with its sentence.
  private struct Reader {
    let settings: JSONValue
    let origin: String

    private func refuse(_ name: String, _ expected: String) -> UserError {
      .input("\(origin): `\(name)` is not \(expected).")
    }

    func switched(_ name: String) throws -> Bool {
      guard let value = settings[name], value != .null else { return true }
      guard let isOn = value.bool else { throw refuse(name, "true or false") }
      return isOn
    }

    func number(_ name: String) throws -> Double? {
      guard let value = settings[name], value != .null else { return nil }
      guard let number = value.double, number.isFinite else { throw refuse(name, "a number") }
      return number
    }

    func colour(_ name: String) throws -> [Float]? {
      guard let value = settings[name], value != .null else { return nil }
      let numbers = value.array?.compactMap { $0.double.map { Float($0) } } ?? []
      let isDivisor = name == "image_std"
      guard numbers.count == 3, numbers.allSatisfy({ $0.isFinite && (!isDivisor || $0 > 0) }) else {
        throw refuse(name, "three \(isDivisor ? "positive " : "")numbers")
      }
      return numbers
    }

    /// Pillow's numbers of its filters.
    func filter() throws -> ResamplingFilter {
      guard let value = settings["resample"], value != .null else { return .bicubic }
      let filters: [Int: ResamplingFilter] = [0: .nearest, 1: .lanczos, 2: .bilinear, 3: .bicubic, 4: .box]
      guard let filter = value.integer.flatMap({ filters[$0] }) else {
        throw refuse("resample", "0 (nearest), 1 (Lanczos), 2 (bilinear), 3 (bicubic) or 4 (box)")
      }
      return filter
    }

    func scaling() throws -> Scaling {
      guard let value = settings["size"], value != .null else { return .shortestEdge(224) }
      if let edge = (value["shortest_edge"] ?? value).integer, (1...4096).contains(edge) { return .shortestEdge(edge) }
      return .exact(try size("size"))
    }

    /// One number for both sides, or both.
    func size(_ name: String) throws -> PictureSize {
      guard let value = settings[name], value != .null else { return PictureSize(width: 224, height: 224) }
      guard let width = (value["width"] ?? value).integer, let height = (value["height"] ?? value).integer,
        (1...4096).contains(width), (1...4096).contains(height)
      else { throw refuse(name, "a number of pixels, or `width` and `height`") }
      return PictureSize(width: width, height: height)
    }
  }
}

extension Picture {
  /// The middle of a picture that is longer than so many times its shorter side.
  fileprivate func middle(longest: Int) -> Picture {
    let limit = min(width, height) * longest
    guard max(width, height) > limit else { return self }
    return croppedToMiddle(PictureSize(width: min(width, limit), height: min(height, limit)))
  }

  /// A rectangle around the middle, as numpy's whole numbers round it; black where the picture is smaller.
  fileprivate func croppedToMiddle(_ size: PictureSize) -> Picture {
    let left = (width - size.width).flooredHalf
    let top = (height - size.height).flooredHalf
    var cropped = [UInt8](repeating: 0, count: size.pixels * 3)
    let columns = max(0, left)..<min(width, left + size.width)
    for row in max(0, top)..<min(height, top + size.height) {
      let target = ((row - top) * size.width + columns.lowerBound - left) * 3
      let source = (row * width + columns.lowerBound) * 3
      cropped.replaceSubrange(target..<target + columns.count * 3, with: pixels[source..<source + columns.count * 3])
    }
    return Picture(width: size.width, height: size.height, pixels: cropped)
  }
}

extension Int {
  /// Half of it, rounded down also below zero.
  fileprivate var flooredHalf: Int { self >> 1 }
}
