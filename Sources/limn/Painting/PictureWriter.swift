import Foundation
import Generation
import Images
import System

/// A picture that lies where it belongs.
struct PaintedPicture: Sendable {
  /// Nil where it was not written to a file.
  let path: String?
  /// The whole PNG file.
  let bytes: [UInt8]
  let order: Order
  let painting: Painter.Painting
  let parameters: GenerationParameters
  /// Where it was judged by its match.
  let match: BestOf.Record?

  /// What `--json` prints of it.
  var record: PictureRecord { record(path: path ?? "-") }

  func record(path: String) -> PictureRecord {
    PictureRecord(path: path, request: order.request, painting: painting, parameters: parameters, match: match)
  }
}

/// Makes files of painted pictures; knows what to write into them beside their pixels.
struct PictureWriter: Sendable {
  let modelName: String
  let modelHash: BackgroundHash
  let metadata: MetadataPolicy

  /// Where a picture goes.
  enum Place: Sendable {
    case standardOutput
    /// Encoded only.
    case memory
    case file(String, ifTaken: AtomicFile.Collision)
  }

  /// Makes sure, before the work, that the picture can be put there.
  func check(_ place: Place) throws {
    if case .file(let path, let collision) = place { try AtomicFile.check(path, ifTaken: collision) }
  }

  /// Encodes the picture and puts it there.
  func write(
    _ painting: Painter.Painting, _ order: Order, to place: Place, match: BestOf.Record? = nil
  ) throws -> PaintedPicture {
    var painting = painting
    var parameters = parameters(order, painting)
    if let match, match.candidates.count > 1 { parameters.others.append(.init("Best of", "\(match.candidates.count)")) }
    let texts = metadata.texts(
      parameters: parameters, source: order.request.reference == nil ? .painted : .repainted,
      software: "limn \(Limn.version)")
    var path: String?
    let picture = painting.picture
    let bytes = try painting.timings.measure(\.write) {
      let bytes = try PNGEncoder.encode(picture, texts: texts)
      switch place {
      case .standardOutput: try StandardOutput.write(bytes)
      case .memory: break
      case .file(let wanted, let collision): path = try AtomicFile.save(bytes, to: wanted, ifTaken: collision)
      }
      return bytes
    }
    return PaintedPicture(
      path: path, bytes: bytes, order: order, painting: painting, parameters: parameters, match: match)
  }

  private func parameters(_ order: Order, _ painting: Painter.Painting) -> GenerationParameters {
    let request = order.request
    var parameters = GenerationParameters()
    parameters.prompt = order.prompt
    parameters.negativePrompt = order.negative
    parameters.steps = request.steps
    parameters.sampler = painting.sampler.rawValue
    parameters.schedule = request.schedule == .model ? nil : request.schedule.rawValue
    parameters.guidance = request.guidance
    parameters.seed = request.seed
    parameters.width = painting.picture.width
    parameters.height = painting.picture.height
    parameters.modelHash = metadata == .full ? modelHash.digits : nil
    parameters.model = modelName
    parameters.strength = request.reference?.strength
    parameters.clipSkip = request.clipSkip > 0 ? request.clipSkip + 1 : nil
    parameters.randomSource = request.randomKind.rawValue
    if let style = order.style { parameters.others.append(.init("Style", style)) }
    if let spacing = request.spacing { parameters.others.append(.init("Spacing", spacing.rawValue)) }
    if request.guidanceEnd < 1 { parameters.others.append(.init("Guidance end", "\(request.guidanceEnd)")) }
    if request.deepCache > 1 { parameters.others.append(.init("DeepCache", "\(request.deepCache)")) }
    if request.promptSyntax != .plain {
      parameters.others.append(.init("Prompt syntax", request.promptSyntax.rawValue))
    }
    if let layout = request.layout {
      parameters.others.append(.init("Layout", layout.prompts.joined(separator: " | ")))
    }
    if request.size.painted != request.size.written {
      parameters.others.append(.init("Painted size", "\(request.size.painted)"))
    }
    if painting.safety.isBlurred { parameters.others.append(.init("Safety checker", "blurred")) }
    parameters.version = "limn \(Limn.version)"
    return parameters
  }
}

/// The stream of results.
enum StandardOutput {
  static let unusable = GenerationError.resources(
    "Standard output cannot be written: it is closed, or open for reading only.")

  /// - Throws: ``AtomicFileError`` or ``GenerationError/resources(_:)`` where it takes less than all.
  static func write(_ bytes: [UInt8]) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(bytes))
    } catch CocoaError.fileWriteOutOfSpace {
      throw AtomicFileError.noSpace(path: "Standard output", bytes: bytes.count)
    } catch {
      throw unusable
    }
  }
}
