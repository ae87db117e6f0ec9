import Batch
import Generation
import Guardrail

/// One picture of a batch: checked, let pass by the guardrail, named.
struct BatchJob: Sendable {
  /// Place among all pictures of the batch, those of other shards among them; counted from 1.
  let index: Int
  let line: Int
  /// Which picture of its line it is, counted from 1.
  let copy: Int
  let key: JobKey
  /// Without the reference's pixels; ``BatchReferences`` has them read again.
  let order: Order
  let approved: ApprovedPrompt
  let model: BatchModels.Entry
  /// Where the picture goes, relative to the batch's folder unless absolute.
  var path: String
}

/// A line, or one picture of it, that will not be painted.
struct BatchFault: Sendable {
  let line: Int
  /// Nil where the whole line is at fault.
  let copy: Int?
  /// Sentences.
  let reason: String
  /// What the guardrail refused, with what it needs to be recorded.
  let refused: Refused?

  struct Refused: Sendable {
    let refusal: Refusal
    let key: JobKey
    let order: Order
    let model: BatchModels.Entry
  }
}

extension JobKey {
  /// - Parameter reference: SHA-256 of the picture that the order starts from.
  init(_ order: Order, modelHash: String, reference: String?) {
    let request = order.request
    var parts = [
      ("model", modelHash), ("prompt", order.prompt), ("negative", order.negative),
      ("painted", "\(request.size.painted)"), ("written", "\(request.size.written)"), ("seed", "\(request.seed)"),
      ("steps", "\(request.steps)"), ("guidance", "\(request.guidance)"),
      ("guidance-end", "\(request.guidanceEnd)"), ("deep-cache", "\(request.deepCache)"),
      ("clip-skip", "\(request.clipSkip)"),
      ("rng", request.randomKind.rawValue), ("sampler", request.sampler.rawValue),
      ("schedule", request.schedule.rawValue), ("spacing", request.spacing?.rawValue ?? "model"),
      ("syntax", request.promptSyntax.rawValue), ("reference", reference ?? ""),
      ("strength", reference == nil ? "" : "\(order.wish.strength ?? 0.75)"),
    ]
    if let finish = request.finish { parts.append(("finish", finish.rawValue)) }
    self.init(parts)
  }
}
