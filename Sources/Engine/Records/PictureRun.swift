import Families
import Foundation
import Guardrail
import History
import Painting

/// One picture in the making, as records see it.
package struct PictureRun: Sendable {
  package let id = UUID()
  package let started = Date()
  private let clockStart = ContinuousClock.now
  /// What was asked for, filled in.
  package let settings: PictureSettings
  /// What the model is given.
  package let prompt: String
  package let negative: String?
  /// Of the picture as written; nil where that was not decided.
  package let size: SizePlan?
  package let model: LoadedModel
  /// The guardrail's; nil where it refused.
  package let verdict: Verdict?
  package let origin: RunOrigin
  /// Its identifier in the history.
  let identifier: String

  package init(_ order: Order, _ model: LoadedModel, origin: RunOrigin = RunOrigin()) {
    settings = order.settings
    prompt = order.prompt.prompt.text
    negative = order.prompt.negative?.text
    size = order.size
    verdict = order.prompt.verdict
    self.model = model
    self.origin = origin
    identifier = origin.identifier ?? RunIdentifier.fresh(at: started)
  }

  /// The time by a clock that nobody sets, so that no run ends before its beginning.
  var now: Date { started.addingTimeInterval((ContinuousClock.now - clockStart) / .seconds(1)) }

  /// One that the guardrail refused.
  init(_ draft: OrderDraft, _ model: LoadedModel, origin: RunOrigin) {
    settings = draft.settings
    (prompt, negative) = (draft.prompt, draft.negative)
    size = nil
    verdict = nil
    self.model = model
    self.origin = origin
    identifier = origin.identifier ?? RunIdentifier.fresh(at: started)
  }
}

/// What a run is part of.
package struct RunOrigin: Sendable {
  /// Shared by the pictures of one command.
  package var orderID: String?
  /// The path of the batch's ledger.
  package var batchID: String?
  package var jobKey: String?
  /// When the job was put into the queue.
  package var queuedAt: Date?
  /// The identifier of the run that is painted again.
  package var redoOf: String?
  /// The identifier that the run shall have; nil for a fresh one.
  package var identifier: String?

  package init(orderID: String? = nil, batchID: String? = nil, jobKey: String? = nil, redoOf: String? = nil) {
    self.orderID = orderID
    self.batchID = batchID
    self.jobKey = jobKey
    self.redoOf = redoOf
  }
}

/// How a run ended.
package enum RunOutcome: Sendable {
  case painted(PaintedPicture)
  case refused(Refusal)
  case failed(any Error)
  case interrupted

  /// The outcome that an error stands for.
  package init(_ error: any Error) {
    switch error {
    case let refusal as Refusal: self = .refused(refusal)
    case is CancellationError: self = .interrupted
    default: self = .failed(error)
    }
  }
}

/// Hears of every run from its beginning to its end.
///
/// A run of which no end is heard was cut short with its process. A run's beginning comes before its end; another may begin
/// before it has ended.
package protocol RunObserver: Sendable {
  func began(_ run: PictureRun)
  func ended(_ run: PictureRun, _ outcome: RunOutcome)
}
