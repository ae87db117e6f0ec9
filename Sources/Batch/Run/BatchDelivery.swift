import Engine
import Guardrail
import Images
import Painting
import System

/// Writes the pictures of a batch and enters what becomes of every job into ledger and history, one after the other.
actor BatchDelivery {
  nonisolated let ledger: Ledger
  private let settings: BatchSettings
  /// Jobs whose places hold what an earlier run left there: half a picture or a damaged one.
  private let replaceable: Set<JobKey>
  private let recorder: any RunObserver
  private let speeds: PaintingSpeeds
  private let state: BatchState
  private let observer: any BatchObserver

  init(
    ledger: Ledger, settings: BatchSettings, replaceable: Set<JobKey>, recorder: any RunObserver,
    speeds: PaintingSpeeds, state: BatchState, observer: any BatchObserver
  ) {
    self.ledger = ledger
    self.settings = settings
    self.replaceable = replaceable
    self.recorder = recorder
    self.speeds = speeds
    self.state = state
    self.observer = observer
  }

  func begin(_ run: PictureRun, _ job: BatchJob) {
    recorder.began(run)
    enter { try ledger.begin(job.key) }
  }

  /// Encodes, writes and enters a picture.
  func deliver(_ painting: Painting, _ order: Order, _ job: BatchJob, _ run: PictureRun) {
    let encoding = PictureEncoding(PictureFormat(path: job.path) ?? .png, quality: settings.quality)
    let writer = PictureWriter(job.model, metadata: settings.metadata, encoding: encoding)
    for attempt in 0...settings.retries {
      do {
        return succeed(try writer.write(painting, order, to: place(of: job)), job, run)
      } catch {
        guard attempt == settings.retries else { continue }
        fail(run, job, error, attempts: attempt + 1)
        if error is UserError { state.stop(.broken(error)) }
      }
    }
  }

  private func succeed(_ picture: PaintedPicture, _ job: BatchJob, _ run: PictureRun) {
    let path = picture.path.map(settings.relative) ?? job.path
    do {
      try ledger.finish(
        job.key, path: path, bytes: picture.bytes.count, digest: Fingerprint.digits(of: picture.bytes),
        seconds: picture.painting.timings.total)
    } catch {
      // Without a ledger nothing that is painted would be known again.
      fail(run, job, error, attempts: 1)
      return state.stop(.broken(error))
    }
    recorder.ended(run, .painted(picture))
    state.succeeded(isBlurred: picture.painting.isBlurred)
    speeds.add(picture, modelHash: job.model.hash.digits ?? "")
    let name = settings.place(of: path)
    observer.event(
      BatchEvent.Finished(
        index: job.index, line: job.line, copy: job.copy, key: job.key.digits, picture: picture.record(path: name)))
    observer.painted(picture, named: name)
  }

  private func place(of job: BatchJob) -> PicturePlace {
    guard settings.folder != nil else { return .stream { _ in } }
    return .file(settings.place(of: job.path), ifTaken: replaceable.contains(job.key) ? .replace : .rename)
  }

  /// The job is as good as never begun.
  func interrupt(_ run: PictureRun, _ job: BatchJob) {
    recorder.ended(run, .interrupted)
    enter { try ledger.abandon(job.key, as: .planned) }
  }

  func refuse(_ run: PictureRun, _ job: BatchJob, _ refusal: Refusal) {
    recorder.ended(run, .refused(refusal))
    enter { try ledger.abandon(job.key, as: .refused, reason: "\(refusal)") }
    state.refused()
    observer.event(
      BatchEvent.Refused(
        line: job.line, copy: job.copy, key: job.key.digits, prompt: job.order.prompt.prompt.text,
        category: refusal.verdict.category.rawValue, reason: "\(refusal)"))
    observer.note("line \(job.line), picture \(job.index): \(refusal)")
  }

  /// - Parameter attempts: How often it was tried; nil where it will be tried again.
  func fail(_ run: PictureRun, _ job: BatchJob, _ error: any Error, attempts: Int?) {
    recorder.ended(run, .failed(error))
    guard let attempts else { return }
    let reason = "\(error)"
    enter { try ledger.abandon(job.key, as: .failed, reason: reason) }
    state.failed(job, reason)
    observer.event(
      BatchEvent.Failed(index: job.index, line: job.line, copy: job.copy, reason: reason, attempts: attempts))
    observer.note("line \(job.line), picture \(job.index): \(reason)")
    // On a full disk every other picture would be lost too.
    if case .noSpace? = error as? AtomicFileError { state.stop(.broken(error)) }
    if settings.failsFast { state.stop(.failed) }
  }

  /// Writes into the ledger: without it nothing that is painted would be known again, so that the batch ends.
  private func enter(_ work: () throws -> Void) {
    do { try work() } catch { state.stop(.broken(error)) }
  }
}
