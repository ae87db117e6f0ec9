import Engine
import Images
import System

/// Enters what becomes of every job into the ledger and tells it, one after the other.
package actor BatchDesk {
  nonisolated package let ledger: Ledger
  nonisolated package let settings: BatchSettings
  /// Jobs whose places hold what an earlier run left there: half a picture or a damaged one.
  private let replaceable: Set<JobKey>
  private let state: BatchState
  private let observer: any BatchObserver

  init(
    ledger: Ledger, settings: BatchSettings, replaceable: Set<JobKey>, state: BatchState,
    observer: any BatchObserver
  ) {
    (self.ledger, self.settings, self.replaceable) = (ledger, settings, replaceable)
    (self.state, self.observer) = (state, observer)
  }

  /// The place of the next job; nil where there is none or the batch shall end.
  nonisolated package func take() -> Int? {
    guard !Task.isCancelled, !observer.isBroken else {
      state.stop(.interrupted)
      return nil
    }
    return state.take()
  }

  nonisolated package func progress(_ job: BatchJob, step: Int, of steps: Int) {
    observer.progress(job, step: step, of: steps)
    if step > 0 { observer.event(BatchEvent.Step(index: job.index, line: job.line, step: step, steps: steps)) }
  }

  nonisolated package func ended(_ job: BatchJob) { observer.ended(job) }

  nonisolated package func stop(_ reason: BatchStop) { state.stop(reason) }

  nonisolated package func place(of job: BatchJob) -> PicturePlace {
    guard settings.folder != nil else { return .stream { _ in } }
    return .file(settings.place(of: job.path), ifTaken: replaceable.contains(job.key) ? .replace : .rename)
  }

  package func begin(_ job: BatchJob) { enter { try ledger.begin(job.key) } }

  /// A picture lies in its place, or is on its way into the archive.
  ///
  /// - Throws: Where the ledger cannot be written.
  package func deliver(_ picture: DeliveredPicture, _ job: BatchJob) throws {
    let path = picture.path.map(settings.relative) ?? job.path
    try ledger.finish(
      job.key, path: path, bytes: picture.bytes.count, digest: Fingerprint.digits(of: picture.bytes),
      seconds: picture.timings?.total ?? 0)
    state.succeeded(isBlurred: picture.isBlurred)
    let name = settings.place(of: path)
    observer.event(finished(job, picture.record(name)))
    observer.painted(picture, named: name)
  }

  private func finished(_ job: BatchJob, _ record: some Encodable & Sendable) -> any Encodable & Sendable {
    BatchEvent.Finished(index: job.index, line: job.line, copy: job.copy, key: job.key.digits, picture: record)
  }

  /// The job is as good as never begun.
  package func interrupt(_ job: BatchJob) { enter { try ledger.abandon(job.key, as: .planned) } }

  /// - Parameter reason: Sentences.
  package func refuse(_ job: BatchJob, category: String, _ reason: String) {
    // The same seed would paint the same picture again.
    if settings.failsFast { state.stop(.failed) }
    enter { try ledger.abandon(job.key, as: .refused, reason: reason) }
    state.refused()
    observer.event(
      BatchEvent.Refused(
        line: job.line, copy: job.copy, key: job.key.digits, prompt: job.summary.prompt, category: category,
        reason: reason))
    observer.note("line \(job.line), picture \(job.index): \(reason)")
  }

  package func fail(_ job: BatchJob, _ error: any Error, attempts: Int) {
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
