import Engine
import Painting

/// One picture of a batch: checked, let pass by the guardrail, named.
package struct BatchJob: Sendable {
  /// Place among all pictures of the batch, those of other shards among them; counted from 1.
  package let index: Int
  package let line: Int
  /// Which picture of its line it is, counted from 1.
  package let copy: Int
  package let key: JobKey
  package let summary: PictureSummary
  package let work: Work
  /// Where the picture goes, relative to the batch's folder unless absolute.
  package internal(set) var path: String

  /// What paints it.
  package enum Work: Sendable {
    /// This machine: the order without the references' pixels, which are read again.
    case here(Order, LoadedModel)
    /// A server.
    case elsewhere(RemoteOrder)
  }
}

/// A line, or one picture of it, that will not be painted.
package struct BatchFault: Sendable {
  package let line: Int
  /// Nil where the whole line is at fault.
  package let copy: Int?
  /// Sentences.
  package let reason: String
  /// What the guardrail refused, with what it needs to be recorded.
  package let refused: Refused?

  package struct Refused: Sendable {
    /// What is recorded here; nil where a server has refused and recorded it.
    package let order: RefusedOrder?
    package let key: JobKey
    package let prompt: String
    package let category: String

    package init(key: JobKey, prompt: String, category: String, order: RefusedOrder? = nil) {
      (self.key, self.prompt, self.category, self.order) = (key, prompt, category, order)
    }
  }
}

extension JobKey {
  /// - Parameter digest: SHA-256 of the picture of a path.
  package init(_ order: Order, _ model: LoadedModel, digest: (String) throws -> String) rethrows {
    self.init(order, model, try InputDigests(order.settings, digest: digest))
  }

  init(_ order: Order, _ model: LoadedModel, _ inputs: InputDigests) {
    var parts = JobKey.parts(
      order.settings, prompt: order.prompt.prompt.text, negative: order.prompt.negative?.text, model, inputs)
    parts.insert(contentsOf: [("painted", "\(order.size.painted)"), ("written", "\(order.size.written)")], at: 3)
    let inversions = order.inversions.all.map(\.digits)
    if !inversions.isEmpty { parts.append(("embedding", inversions.joined(separator: ","))) }
    if let finish = order.finish { parts.append(("finish", finish.rawValue)) }
    self.init(parts)
  }

  /// Of what was refused before its size was planned.
  init(_ refused: RefusedOrder, _ inputs: InputDigests) {
    let draft = refused.draft
    self.init(
      JobKey.parts(draft.settings, prompt: draft.prompt, negative: draft.negative, refused.model, inputs))
  }

  /// Everything that decides pixels but the sizes, which follow from what stands here and the model.
  private static func parts(
    _ settings: PictureSettings, prompt: String, negative: String?, _ model: LoadedModel, _ inputs: InputDigests
  ) -> [(name: String, value: String)] {
    // Told apart by families that zero a negative prompt which was not given.
    let negative = negative.map { $0.isEmpty ? "\"\"" : $0 } ?? ""
    var parts = [("model", model.hash.digits ?? model.model.hashedFile), ("prompt", prompt), ("negative", negative)]
    let apart = [
      "prompt", "negative", "model", "reference", "strength", "count", "style", "lora", "vae", "text-encoder",
      "embedding", "mask", "control", "control-model", "ip-reference", "ip-adapter", "style-from",
    ]
    let sizes = ["width", "height", "aspect", "size", "megapixels"]
    for setting in Setting.all where !(apart + sizes).contains(setting.name) {
      let text = setting.isInEveryKey ? setting.effectiveText(settings) : setting.text(settings)
      // As keys were first written.
      if let text { parts.append((setting.name == "prompt-syntax" ? "syntax" : setting.name, text)) }
    }
    if let loras = model.loraKey { parts.append(("lora", loras)) }
    parts += model.partKeys
    parts += inputs.controls.map { ("control", $0) } + inputs.pictures.map { ("ip-reference", $0) }
    parts += inputs.styles.map { ("style-from", $0) }
    parts.append(("reference", inputs.reference ?? ""))
    parts.append(("strength", inputs.reference == nil ? "" : settings.strength.map { "\($0)" } ?? ""))
    return parts
  }
}
