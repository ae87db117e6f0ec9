import Batch
import Dispatch
import Foundation
import Generation
import Guardrail
import Images
import System

/// Paints the jobs of a batch with models that stay loaded: while one picture is sampled, the prompt of the next is
/// encoded and the last one is compressed, written and entered into the ledger.
final class BatchRunner: Sendable {
  private let jobs: [BatchJob]
  private let ledger: Ledger
  /// Jobs whose places hold what an earlier run left there: half a picture or a damaged one.
  private let replaceable: Set<JobKey>
  private let settings: BatchSettings
  private let reporter: BatchReporter
  private let records: any RunObserver
  let state: BatchState
  let speeds: PaintingSpeeds
  private let bar: BatchBar
  private let notes = SaidNotes()

  private let delivery = DispatchQueue(label: "limn.delivery")
  /// Finished pictures that wait to be written take memory: painting waits where there are too many.
  private let waiting: DispatchSemaphore
  private let ahead = DispatchQueue(label: "limn.encoding", qos: .utility)

  init(
    jobs: [BatchJob], ledger: Ledger, replaceable: Set<JobKey>, settings: BatchSettings,
    reporter: BatchReporter, records: any RunObserver
  ) {
    self.jobs = jobs
    self.ledger = ledger
    self.replaceable = replaceable
    self.settings = settings
    self.reporter = reporter
    self.records = records
    state = BatchState(total: jobs.count)
    bar = BatchBar(jobs, isShown: Console.isTerminal && !settings.presentation.isQuiet && !jobs.isEmpty)
    speeds = PaintingSpeeds(cacheFolder: Installation.cacheFolder)
    waiting = DispatchSemaphore(value: settings.workers + 1)
  }

  /// Returns when every job is painted or has failed, or the batch was ended early, and all is written.
  func run() {
    let group = DispatchGroup()
    for _ in 1..<max(1, settings.workers) {
      group.enter()
      let thread = Thread { [self] in
        work()
        group.leave()
      }
      thread.stackSize = 16 << 20
      thread.start()
    }
    work()
    group.wait()
    delivery.sync {}
    bar.clear()
  }

  /// One thread's painting. Jobs of one model follow each other, so that each model is loaded once.
  private func work() {
    var session: PaintingSession?
    while let place = state.take() {
      let job = jobs[place]
      if session?.model !== job.model.model {
        session?.release()
        session = PaintingSession(
          model: job.model.model, limit: settings.limit, presentation: settings.presentation,
          paintsSeveral: true, encodings: job.model.encodings, notes: notes)
      }
      waiting.wait()
      guard Interruption.signal == nil, !reporter.isBroken else {
        waiting.signal()
        state.stop(.interrupted)
        break
      }
      paint(job, at: place, with: &session!)
      bar.end(place)
    }
  }

  /// Paints a job, trying again where that failed, and hands the picture over.
  private func paint(_ job: BatchJob, at place: Int, with session: inout PaintingSession) {
    // As many places ahead as pictures are painted at a time: the others' prompts are in work already.
    let next = place + settings.workers < jobs.count ? jobs[place + settings.workers] : nil
    for attempt in 0...settings.retries {
      let run = PictureRun(
        order: job.order, model: job.model.model, modelHash: job.model.hash, verdict: job.approved.verdict,
        origin: RunOrigin(batchID: ledger.path, jobKey: job.key.digits))
      do {
        // Entered before the picture can be, which goes the same way; painting need not wait for the disk.
        delivery.async { [self] in
          records.began(run)
          try? ledger.begin(job.key)
        }
        let order =
          try job.order.wish.reference.map { job.order.starting(from: try Picture(contentsOf: $0)) } ?? job.order
        var isAhead = false
        let preparing = session.preparing
        let painting = try session.paint(order, job.approved, isLast: false) { done, total in
          if Interruption.signal != nil { throw Interruption.Request() }
          bar.step(done, of: place)
          if done > 0 {
            reporter.event(BatchEvent.Step(index: job.index, line: job.line, step: done, steps: total))
          } else if !isAhead, let next, next.model.model === job.model.model {
            isAhead = true
            ahead.async { preparing(next.approved, next.order.request) }
          }
        }
        delivery.async { [self] in
          deliver(painting, order, job, run)
          waiting.signal()
        }
        return
      } catch is Interruption.Request {
        state.stop(.interrupted)
        delivery.async { [self] in
          records.ended(run, .interrupted)
          try? ledger.abandon(job.key, as: .planned)
        }
        break
      } catch let refusal as Refusal {
        // The same seed would paint the same picture again.
        if settings.failsFast { state.stop(.failed) }
        delivery.async { [self] in
          records.ended(run, .refused(refusal))
          refuse(job, refusal)
        }
        break
      } catch {
        if settings.failsFast, attempt == settings.retries { state.stop(.failed) }
        delivery.async { [self] in
          records.ended(run, .failed(error))
          if attempt == settings.retries { fail(job, error, attempts: attempt + 1) }
        }
      }
    }
    waiting.signal()
  }

  /// Encodes, writes and enters a picture.
  private func deliver(_ painting: Painter.Painting, _ order: Order, _ job: BatchJob, _ run: PictureRun) {
    let writer = PictureWriter(
      modelName: job.model.model.name, modelHash: job.model.hash, metadata: settings.metadata)
    for attempt in 0...settings.retries {
      do {
        let picture = try writer.write(painting, order, to: place(of: job))
        let path = picture.path.map(relative) ?? job.path
        try ledger.finish(
          job.key, path: path, bytes: picture.bytes.count, digest: Fingerprint.digits(of: picture.bytes),
          seconds: picture.painting.timings.total)
        records.ended(run, .painted(picture))
        state.succeeded(isBlurred: picture.painting.safety.isBlurred)
        speeds.add(picture, modelHash: job.model.hash.digits ?? "")
        reporter.picture(picture, of: job, named: settings.place(of: path))
        if settings.presentation.isVerbose { reporter.note(picture.painting.timings.sentence) }
        return
      } catch {
        guard attempt == settings.retries else { continue }
        records.ended(run, .failed(error))
        fail(job, error, attempts: attempt + 1)
      }
    }
  }

  private func place(of job: BatchJob) -> PictureWriter.Place {
    guard settings.folder != nil else { return .memory }
    return .file(settings.place(of: job.path), ifTaken: replaceable.contains(job.key) ? .replace : .rename)
  }

  private func relative(_ path: String) -> String {
    guard let folder = settings.folder, path.hasPrefix(folder + "/") else { return path }
    return String(path.dropFirst(folder.count + 1))
  }

  private func refuse(_ job: BatchJob, _ refusal: Refusal) {
    try? ledger.abandon(job.key, as: .refused, reason: "\(refusal)")
    state.refused()
    reporter.event(
      BatchEvent.Refused(
        line: job.line, copy: job.copy, key: job.key.digits, prompt: job.order.prompt,
        category: refusal.verdict.category.rawValue, reason: "\(refusal)"))
    reporter.note("line \(job.line), picture \(job.index): \(refusal)")
  }

  private func fail(_ job: BatchJob, _ error: any Error, attempts: Int) {
    let reason = "\(error)"
    try? ledger.abandon(job.key, as: .failed, reason: reason)
    state.failed(job, reason)
    reporter.event(
      BatchEvent.Failed(index: job.index, line: job.line, copy: job.copy, reason: reason, attempts: attempts))
    reporter.note("line \(job.line), picture \(job.index): \(reason)")
    // On a full disk, or without a ledger, every other picture would be lost too.
    if case .noSpace? = error as? AtomicFileError { state.stop(.broken(error)) }
    if error is BatchError { state.stop(.broken(error)) }
    if settings.failsFast { state.stop(.failed) }
  }
}
