import Foundation
import Generation
import Images
import System

/// What `--json` prints of a picture: one object on one line.
struct PictureRecord: Encodable {
  private let path: String
  private let prompt: String
  private let negative: String
  private let style: String?
  private let model: String
  private let modelHash: String?
  private let width: Int
  private let height: Int
  private let seed: UInt64
  private let steps: Int
  private let guidance: Double
  private let guidanceEnd: Double
  private let deepCache: Int
  private let sampler: String
  private let strength: Double?
  /// Seconds by stage.
  private let timings: StageTimings
  /// The largest resident size of the process so far, in bytes.
  private let peakMemory: Int
  private let warnings: [String]
  /// Nil where the model brings none.
  private let safetyChecker: SafetyRecord?
  /// Where it was judged by its match.
  private let match: BestOf.Record?

  init(
    path: String, request: PaintingRequest, painting: Painter.Painting, parameters: GenerationParameters,
    match: BestOf.Record?
  ) {
    self.path = path
    prompt = parameters.prompt
    negative = parameters.negativePrompt
    style = parameters[other: "Style"]
    model = parameters.model ?? ""
    modelHash = parameters.modelHash
    width = painting.picture.width
    height = painting.picture.height
    seed = request.seed
    steps = request.steps
    guidance = request.guidance
    guidanceEnd = request.guidanceEnd
    deepCache = request.deepCache
    sampler = painting.sampler.rawValue
    strength = request.reference?.strength
    timings = painting.timings
    warnings = painting.warnings
    safetyChecker = painting.safety.record
    self.match = match
    peakMemory = PictureRecord.peakMemory
  }

  /// The largest resident size of the process so far, in bytes.
  static var peakMemory: Int { Machine.current.peakMemory ?? 0 }
}

extension Encodable {
  /// One line of JSON, keys sorted and in snake case, as `--json` prints it.
  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}
