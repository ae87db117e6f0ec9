import Engine
import Painting
import System

/// Who paints the pictures of a batch: this machine, or a server.
package protocol BatchPainter: Sendable {
  /// What jobs will take.
  func price(_ jobs: [BatchJob], workers: Int) -> BatchPrice
  /// Enters a refusal into the history.
  ///
  /// - Parameter batch: The path of the ledger.
  func record(_ refused: BatchFault.Refused, batch: String)
  /// Paints jobs, those of one model next to each other, and hands them to the desk. Cancelling the task ends it in order.
  func paint(_ jobs: [BatchJob], for desk: BatchDesk) async
}

/// A picture of a batch that was painted.
package struct DeliveredPicture: Sendable {
  /// Nil where it was not written to a file.
  package let path: String?
  /// The whole file.
  package let bytes: [UInt8]
  package let warnings: [String]
  /// Nil where nobody knows.
  package let timings: StageTimings?
  package let isBlurred: Bool
  /// What `--json` prints of it, where it lies under that name.
  package let record: @Sendable (_ path: String) -> any Encodable & Sendable

  package init(
    path: String?, bytes: [UInt8], warnings: [String], timings: StageTimings?, isBlurred: Bool,
    record: @escaping @Sendable (_ path: String) -> any Encodable & Sendable
  ) {
    (self.path, self.bytes, self.warnings, self.timings) = (path, bytes, warnings, timings)
    (self.isBlurred, self.record) = (isBlurred, record)
  }

  init(_ picture: PaintedPicture) {
    self.init(
      path: picture.path, bytes: picture.bytes, warnings: picture.painting.warnings,
      timings: picture.painting.timings, isBlurred: picture.painting.isBlurred, record: { picture.record(path: $0) })
  }
}

/// Paints a batch on this machine.
struct LocalPainter: BatchPainter {
  let engine: Engine
  let settings: BatchSettings
  private let speeds: PaintingSpeeds

  init(_ engine: Engine, _ settings: BatchSettings) {
    (self.engine, self.settings) = (engine, settings)
    speeds = PaintingSpeeds(cacheFolder: engine.installation.cacheFolder)
  }

  func price(_ jobs: [BatchJob], workers: Int) -> BatchPrice { BatchPrice(jobs, workers: workers, speeds: speeds) }

  func record(_ refused: BatchFault.Refused, batch: String) {
    guard let order = refused.order else { return }
    engine.record(order, origin: RunOrigin(batchID: batch, jobKey: refused.key.digits))
  }

  func paint(_ jobs: [BatchJob], for desk: BatchDesk) async {
    let delivery = BatchDelivery(desk: desk, recorder: engine.recorder, speeds: speeds)
    let jobs = jobs.compactMap(LocalJob.init)
    await BatchRunner(jobs: jobs, settings: settings, delivery: delivery, desk: desk).run()
    speeds.save()
  }
}

/// A job of this machine's.
struct LocalJob: Sendable {
  let job: BatchJob
  let order: Order
  let model: LoadedModel

  init?(_ job: BatchJob) {
    guard case .here(let order, let model) = job.work else { return nil }
    (self.job, self.order, self.model) = (job, order, model)
  }
}
