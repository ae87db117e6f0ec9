import Foundation
import Generation
import Guardrail

/// One picture in the making, as records see it.
struct PictureRun: Sendable {
  let id = UUID()
  let started = Date()
  let order: Order
  let model: Model
  let modelHash: BackgroundHash
  /// The guardrail's; nil where it refused.
  let verdict: Verdict?
  let origin: RunOrigin

  init(order: Order, model: Model, modelHash: BackgroundHash, verdict: Verdict?, origin: RunOrigin = RunOrigin()) {
    self.order = order
    self.model = model
    self.modelHash = modelHash
    self.verdict = verdict
    self.origin = origin
  }
}

/// What a run is part of.
struct RunOrigin: Sendable {
  /// Shared by the pictures of one command.
  var orderID: String?
  /// The path of the batch's ledger.
  var batchID: String?
  var jobKey: String?
  /// When the job was put into the queue.
  var queuedAt: Date?
  /// The identifier of the run that is painted again.
  var redoOf: String?
}

/// How a run ended.
enum RunOutcome: Sendable {
  case painted(PaintedPicture)
  case refused(Refusal)
  case failed(any Error)
  case interrupted
}

/// Hears of every run from its beginning to its end, of `generate` and of batches alike.
///
/// A run of which no end is heard was cut short with its process. A batch calls both from a thread that does not paint, a
/// run's beginning before its end, and begins a run before it has ended the one before.
protocol RunObserver: Sendable {
  func began(_ run: PictureRun)
  func ended(_ run: PictureRun, _ outcome: RunOutcome)
}

extension RunObserver {
  /// Runs `work` between the beginning and the end that it deserves.
  @discardableResult
  func observe(_ run: PictureRun, _ work: () throws -> PaintedPicture) throws -> PaintedPicture {
    began(run)
    do {
      let picture = try work()
      ended(run, .painted(picture))
      return picture
    } catch {
      ended(run, (error as? Refusal).map { .refused($0) } ?? .failed(error))
      throw error
    }
  }
}
