import Families
import Images
import Networks
import Sampling
import System
import Tensors

/// Turns orders into pictures: text, predictor, sampler, decoder. It knows no family's tricks.
package struct Painter: Sendable {
  package let model: Model
  /// Whether the model will paint again: if so its networks stay in memory.
  package var keepsModel = false
  /// How to keep within the memory that there is.
  package var memory: MemoryPlan?
  /// Where conditions are kept that will be wanted again; nil to keep none.
  package var conditions: ConditionCache?

  package init(_ model: Model) {
    self.model = model
  }

  /// What a painter reports while it works.
  package enum Progress {
    case loading
    /// The prompt is read: layers of a large text encoder done so far, and their number, 0 where that is not known.
    case encoding(done: Int, total: Int)
    /// A denoiser evaluation is done: the count so far, their number, and the picture as it looks now, if asked for;
    /// there is none where the finished picture must pass the model's own safety checker.
    case sampling(done: Int, total: Int, preview: () -> Picture?)
    case decoding
    /// The painted picture is painted over in a style, or made larger: tiles done so far, and their number.
    case restyling(done: Int, total: Int)
    case enlarging(done: Int, total: Int)
  }

  /// Paints one picture.
  ///
  /// - Parameter progress: Called as the work goes on; an error thrown there ends it.
  /// - Throws: `Refusal` where the model's own safety checker objects to the reference, before any work, or to the picture;
  ///   ``UserError``, or the error of the module whose input was at fault.
  package func paint(_ order: Order, progress: (Progress) throws -> Void = { _ in }) throws -> Painting {
    precondition(order.model === model, "paint: an order for \(order.model.name), not for \(model.name)")
    var timings = StageTimings()
    try progress(.loading)
    for picture in order.givenPictures {
      try timings.measure(\.load) {
        try check(reference: picture, for: order.prompt)
        try order.prompt.check(picture, by: order.tools.filter)
      }
    }
    let sampler = try order.sampler()
    var warnings =
      [order.shortfall, order.note, order.shrinkingNote].compactMap(\.self) + model.warnings + order.scene.warnings
    let latents = try latents(order, sampler, &warnings, &timings, progress)
    if !keepsModel { model.releaseDenoiser() }

    try progress(.decoding)
    let decoded = try timings.measure(\.decode) { try decode(latents, order) }
    let (picture, safety, filter) = try timings.measure(\.decode) { try finish(decoded, order, progress) }
    for case .blurred(let finding, _) in [safety, filter] {
      let looker = finding.lookerPhrase
      warnings.append(
        "\(looker.prefix(1).uppercased() + looker.dropFirst()) saw unsafe content in the picture, with a score of \(finding.score): it was blurred."
      )
    }
    let size = order.size
    if size.written.pixels > size.painted.pixels, model.defaults.enlargement == 1 {
      warnings.append("\(model.name) paints \(size.painted) pixels; the picture was enlarged to \(size.written).")
    }
    return Painting(
      picture: picture, sampler: sampler.name, timings: timings, warnings: warnings, safety: safety, filter: filter)
  }

  /// What is sampled at once.
  struct Pass {
    let part: ScenePart
    let sampler: Sampler
    /// What it paints over; nil for noise, or the order's reference.
    var over: Canvas?

    enum Canvas {
      case latents(Tensor)
      case picture(Picture)
    }
  }

  /// The final latents, `[1, height, width, channels]`: of the whole picture at once, or part by part.
  private func latents(
    _ order: Order, _ sampler: Sampler, _ warnings: inout [String], _ timings: inout StageTimings,
    _ progress: (Progress) throws -> Void
  ) throws -> Tensor {
    let scene = order.scene
    if let second = order.secondPass {
      return try twoPasses(second, order, sampler, &warnings, &timings, progress)
    }
    var picture = try timings.measure(\.load) { try scene.assembly?.ground() }
    for (index, part) in scene.parts.enumerated() {
      let condition = try condition(part, order, &timings, progress)
      warnings += condition.warnings.filter { !warnings.contains($0) }
      if !keepsModel, index == scene.parts.count - 1 { model.family.release(.text) }
      let soFar = picture
      func laid(_ latents: Tensor) -> Tensor {
        soFar.flatMap { scene.assembly?.laying(latents, of: index, over: $0) } ?? latents
      }
      let pass = Pass(part: part, sampler: sampler)
      let sampled = try sample(pass, condition, order, &timings, shownAs: laid) { step in
        guard case .sampling(let done, let total, let preview) = step else { return try progress(step) }
        let count = scene.parts.count
        try progress(.sampling(done: index * total + done, total: count * total, preview: preview))
      }
      picture = laid(sampled)
    }
    guard let picture else { preconditionFailure("paint: a scene without parts") }
    return picture
  }

  /// Encodes what a part says, or takes what is known of it.
  func condition(
    _ part: ScenePart, _ order: Order, _ timings: inout StageTimings, _ progress: (Progress) throws -> Void
  ) throws -> any Condition {
    let options = ConditionOptions(
      isGuided: order.isGuided, clipSkip: order.settings.clipSkip, precision: order.precision.besideBytes)
    let key = ConditionCache.Key(part, options)
    if let known = conditions?[key] { return known }
    try progress(.encoding(done: 0, total: 0))
    let condition = try timings.measure(\.encode) {
      try model.family.condition(part, options) { try progress(.encoding(done: $0, total: $1)) }
    }
    if let network = condition.damagedNetwork { throw damage(network) }
    conditions?[key] = condition
    return condition
  }

  /// Encodes an order's prompts into ``conditions`` before it is painted; callable while another is painted.
  ///
  /// What is wrong with them is said by ``paint(_:progress:)``.
  package func prepare(_ order: Order) {
    guard conditions != nil else { return }
    var timings = StageTimings()
    for part in order.scene.parts { _ = try? condition(part, order, &timings) { _ in } }
  }
}
