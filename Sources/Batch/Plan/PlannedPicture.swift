import Engine
import Guardrail
import Images
import Painting
import System

/// One picture of a line as whoever paints it has let it in.
package struct PlannedPicture: Sendable {
  let key: JobKey
  let summary: PictureSummary
  let work: BatchJob.Work

  package init(key: JobKey, summary: PictureSummary, work: BatchJob.Work) {
    (self.key, self.summary, self.work) = (key, summary, work)
  }
}

/// What names, pages and bars tell of a picture before it is painted.
package struct PictureSummary: Sendable {
  /// What was asked for, filled in.
  package let settings: PictureSettings
  /// As the model is given it.
  package let prompt: String
  /// As written.
  package let size: PictureSize
  package let steps: Int
  package let guidance: Double
  package let style: String?
  package let model: String
  /// Tells models apart; pictures of one are painted next to each other.
  package let modelIdentity: String
  /// What the guardrail says of a prompt that it lets pass with a warning.
  package let warning: String?

  package init(
    settings: PictureSettings, prompt: String, size: PictureSize, steps: Int, guidance: Double, style: String?,
    model: String, modelIdentity: String, warning: String?
  ) {
    (self.settings, self.prompt, self.size) = (settings, prompt, size)
    (self.steps, self.guidance) = (steps, guidance)
    (self.style, self.model, self.modelIdentity, self.warning) = (style, model, modelIdentity, warning)
  }

  init(_ order: Order, _ model: LoadedModel) {
    let verdict = order.prompt.verdict
    let reasons = verdict.reasons.map(\.description).joined(separator: "; ")
    self.init(
      settings: order.settings, prompt: order.prompt.prompt.text, size: order.size.written, steps: order.steps,
      guidance: order.guidance.scale, style: order.style?.name, model: model.model.name, modelIdentity: model.identity,
      warning: verdict.decision == .warn ? "The guardrail let this pass with a warning: \(reasons)." : nil)
  }
}

/// A picture that a server is asked for.
package struct RemoteOrder: Sendable {
  /// With its seed.
  package let settings: PictureSettings
  /// The pictures that it names.
  package let uploads: [RemoteUpload]
  /// What the server has to say of it, sentences.
  package let warnings: [String]
  /// What the server expects it to take; nil where it does not know.
  package let seconds: Double?
  package let bytes: Int

  package init(
    settings: PictureSettings, uploads: [RemoteUpload], warnings: [String], seconds: Double?, bytes: Int
  ) {
    (self.settings, self.uploads, self.warnings) = (settings, uploads, warnings)
    (self.seconds, self.bytes) = (seconds, bytes)
  }
}

/// A picture that was handed over to a server, and what it is for.
package struct RemoteUpload: Sendable, Equatable {
  package enum Role: String, Sendable { case start, mask, style, control }

  package let id: String
  package let role: Role
  /// How it controls, in that role.
  package let control: ControlWish?
  /// What it controls by, as the server calls it; nil for its first.
  package let model: String?

  package init(id: String, role: Role, control: ControlWish? = nil, model: String? = nil) {
    (self.id, self.role, self.control, self.model) = (id, role, control, model)
  }
}

/// What is not painted because it was refused.
package struct RefusedPicture: Error {
  let detail: BatchFault.Refused
  let reason: String

  package init(_ detail: BatchFault.Refused, reason: String) { (self.detail, self.reason) = (detail, reason) }
}
