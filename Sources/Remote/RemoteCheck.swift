import Batch
import Engine
import Images
import JSON
import Painting
import System

/// What a server says of a wish that it could paint.
package struct RemoteCheck: Sendable {
  package let summary: PictureSummary
  let key: JobKey
  /// Sentences, whose settings stand in backticks.
  package let warnings: [String]
  let seconds: Double?
  let bytes: Int

  init(_ told: JSONValue, _ wish: RemoteWish, _ server: String) throws {
    guard let key = told["key"]?.string.flatMap(JobKey.init(parsing:)), let width = told["width"]?.integer,
      let height = told["height"]?.integer, let steps = told["steps"]?.integer,
      let guidance = told["guidance"]?.double, let model = told["model"]?.string,
      let prompt = told["full_prompt"]?.string, let seed = told["seed"]?.natural
    else { throw RemoteError(unreachable: server, "does not answer as `limn serve` of this version does") }
    self.key = key
    var settings = wish.settings
    (settings.seed, settings.steps, settings.guidance) = (seed, steps, guidance)
    summary = PictureSummary(
      settings: settings, prompt: prompt, size: PictureSize(width: width, height: height), steps: steps,
      guidance: told["guidance_scale"]?.double ?? guidance, style: told["style"]?.string, model: model,
      modelIdentity: model, warning: told["verdict"]?.string)
    warnings = (told["warnings"]?.array ?? []).compactMap(\.string)
    seconds = told["seconds"]?.double
    bytes = told["bytes"]?.integer ?? 0
  }
}

extension RemoteWish {
  /// The same, with what the server has decided: the seed.
  package func decided(by check: RemoteCheck) -> RemoteWish {
    var settings = settings
    settings.seed = check.summary.settings.seed
    var wish = RemoteWish(settings, uploads: uploads)
    (wish.encoding, wish.wantsPreviews, wish.warnings) = (encoding, wantsPreviews, check.warnings)
    return wish
  }
}
