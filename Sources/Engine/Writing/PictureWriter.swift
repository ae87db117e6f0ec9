import Families
import Images
import Painting
import System

/// A picture that lies where it belongs.
package struct PaintedPicture: Sendable {
  /// Nil where it was not written to a file.
  package let path: String?
  /// The whole file.
  package let bytes: [UInt8]
  package let order: Order
  package let painting: Painting
  package let parameters: GenerationParameters
  /// Where it was judged by its match.
  package let match: BestOf.Record?

  /// What `--json` prints of it.
  package var record: PictureRecord { record(path: path ?? "-") }

  package func record(path: String) -> PictureRecord { PictureRecord(self, path: path) }
}

/// Where a picture goes.
package enum PicturePlace: Sendable {
  case file(String, ifTaken: AtomicFile.Collision)
  /// To whoever takes the bytes, such as standard output.
  case stream(@Sendable ([UInt8]) throws -> Void)
}

/// Makes files of painted pictures; knows what to write into them beside their pixels.
package struct PictureWriter: Sendable {
  private let model: LoadedModel
  private let metadata: MetadataPolicy
  private let encoding: PictureEncoding

  package init(_ model: LoadedModel, metadata: MetadataPolicy, encoding: PictureEncoding = PictureEncoding()) {
    self.model = model
    self.metadata = metadata
    self.encoding = encoding
  }

  /// Makes sure, before the work, that the picture can be put there, and what is to stand in it.
  package func check(_ place: PicturePlace, _ order: Order) throws {
    if case .file(let path, let collision) = place { try AtomicFile.check(path, ifTaken: collision) }
    let characters = order.prompt.prompt.text.utf16.count + (order.prompt.negative?.text.utf16.count ?? 0)
    guard metadata != .full || encoding.holds(characters: characters) else {
      throw UserError.request(
        "A JPEG has no room for prompts of \(characters) characters; PNG and WebP have, or write less metadata.")
    }
  }

  /// Encodes the picture and puts it there.
  package func write(
    _ painting: Painting, _ order: Order, to place: PicturePlace, match: BestOf.Record? = nil
  ) throws -> PaintedPicture {
    var painting = painting
    var parameters = parameters(order, painting)
    if let match, match.candidates.count > 1 { parameters.others.append(.init("Best of", "\(match.candidates.count)")) }
    let texts = metadata.texts(
      parameters: parameters, source: order.references.isEmpty && order.styles.isEmpty ? .painted : .repainted,
      software: Version.tool)
    var path: String?
    let picture = painting.picture
    let bytes = try painting.timings.measure(\.write) {
      let bytes = try encoding.encode(picture, texts: texts)
      switch place {
      case .file(let wanted, let collision): path = try AtomicFile.save(bytes, to: wanted, ifTaken: collision)
      case .stream(let write): try write(bytes)
      }
      return bytes
    }
    return PaintedPicture(
      path: path, bytes: bytes, order: order, painting: painting, parameters: parameters, match: match)
  }

  private func parameters(_ order: Order, _ painting: Painting) -> GenerationParameters {
    var parameters = GenerationParameters()
    order.settings.write(into: &parameters)
    // As A1111 keeps it: the prompt says which LoRAs.
    parameters.prompt = ([order.prompt.prompt.text] + model.loras.map(\.wish.tag)).joined(separator: " ")
    parameters.negativePrompt = order.prompt.negative?.text ?? ""
    parameters.sampler = painting.sampler.rawValue
    // As A1111 keeps it: the size before the picture was enlarged.
    let begun = order.settings.begun(painting.picture.size)
    (parameters.width, parameters.height) = (begun.width, begun.height)
    parameters.modelHash = metadata == .full ? model.hash.digits : nil
    parameters.model = model.model.name
    if metadata == .full, let hashes = model.loraHashes { parameters.others.append(.init("Lora hashes", hashes)) }
    if metadata == .full, let part = model.parts.first(where: { $0.kind == .autoencoder }) {
      // As A1111 names it.
      parameters.others.append(.init("VAE", part.path.split(separator: "/").last.map(String.init) ?? part.path))
      parameters.others.append(.init("VAE hash", part.digits))
    }
    for (kind, key) in [(LoadedPart.Kind.control, "Control hashes"), (.pictureAdapter, "IP adapter hashes")] {
      let parts = model.parts.filter { $0.kind == kind }
      guard metadata == .full, !parts.isEmpty else { continue }
      // A folder's file is called as all others are.
      let names = kind == .control ? model.model.controls.map(\.name) : parts.map(\.path.weightsStem)
      let hashes = zip(names, parts).map { "\($0): \($1.digits)" }
      parameters.others.append(.init(key, hashes.joined(separator: ", ")))
    }
    if metadata == .full, !order.inversions.all.isEmpty {
      let hashes = order.inversions.all.map { "\($0.path.weightsStem): \($0.digits)" }
      parameters.others.append(.init("TI hashes", hashes.joined(separator: ", ")))
    }
    parameters.randomSource = order.settings.rng.rawValue
    for (key, value) in order.scene.remarks { parameters.others.append(.init(key, value)) }
    if order.size.painted != order.size.written {
      parameters.others.append(.init("Painted size", "\(order.size.painted)"))
    }
    if painting.filter.isBlurred { parameters.others.append(.init("Picture filter", "blurred")) }
    if painting.safety.isBlurred { parameters.others.append(.init("Safety checker", "blurred")) }
    parameters.version = Version.tool
    return parameters
  }
}
