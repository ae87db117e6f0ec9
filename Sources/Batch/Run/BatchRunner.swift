import Engine
import Guardrail
import Images
import Painting
import System

/// Paints the jobs of a batch with models that stay loaded: while one picture is sampled, the prompt of the next is
/// encoded and the last one is compressed, written and entered into the ledger.
struct BatchRunner: Sendable {
  let jobs: [LocalJob]
  let settings: BatchSettings
  let delivery: BatchDelivery
  let desk: BatchDesk

  /// Returns when every job is painted or has failed, or the batch was ended early, and all is written. Cancelling the task
  /// ends each painting within one step.
  func run() async {
    await withTaskGroup { group in
      for _ in 0..<max(1, settings.workers) { group.addTask { await work() } }
    }
  }

  /// One picture after the other. Jobs of one model follow each other, so that each model is loaded once.
  private func work() async {
    var session: PaintingSession?
    // What waits to be written takes memory: each worker has one such picture at most.
    var pending: Task<Void, Never>?
    while let place = desk.take() {
      let job = jobs[place]
      if session?.model !== job.model.model {
        session?.model.release()
        session = PaintingSession(
          job.model.model, limit: settings.limit, paintsSeveral: true, conditions: job.model.conditions)
      }
      if let session { pending = await paint(job, at: place, session, after: pending) }
      desk.ended(job.job)
    }
    await pending?.value
  }

  /// Paints a job, trying again where that failed, and hands the picture over.
  /// - Returns: What goes on meanwhile: writing it.
  private func paint(
    _ job: LocalJob, at place: Int, _ session: PaintingSession, after pending: Task<Void, Never>?
  ) async -> Task<Void, Never>? {
    var pending = pending
    // Records and ledger hear of a job's beginning before its end; painting need not wait for the disk.
    func deliver(_ work: @escaping @Sendable () async -> Void) {
      pending = Task { [pending] in
        await pending?.value
        await work()
      }
    }
    for attempt in 0...settings.retries {
      let run = PictureRun(
        job.order, job.model, origin: RunOrigin(batchID: desk.ledger.path, jobKey: job.job.key.digits))
      deliver { await delivery.begin(run, job.job) }
      do {
        let order = try job.order.starting(
          from: OrderInputs(job.order.settings, open: { try PictureFile(contentsOf: $0) }))
        let painting = try await painting(order, job, at: place, session)
        // One picture at most waits to be written.
        await pending?.value
        deliver { await delivery.deliver(painting, order, job, run) }
        return pending
      } catch is CancellationError {
        desk.stop(.interrupted)
        deliver { await delivery.interrupt(run, job.job) }
        return pending
      } catch let refusal as Refusal {
        if settings.failsFast { desk.stop(.failed) }
        deliver { await delivery.refuse(run, job.job, refusal) }
        return pending
      } catch {
        let isLast = attempt == settings.retries
        if settings.failsFast, isLast { desk.stop(.failed) }
        deliver { await delivery.fail(run, job.job, error, attempts: isLast ? attempt + 1 : nil) }
      }
    }
    return pending
  }

  private func painting(
    _ order: Order, _ job: LocalJob, at place: Int, _ session: PaintingSession
  ) async throws -> Painting {
    // As many places ahead as pictures are painted at a time: the others' prompts are in work already.
    let next = place + settings.workers < jobs.count ? jobs[place + settings.workers] : nil
    let desk = desk
    return try await session.paint(order, isLast: false) { step in
      guard case .sampling(let done, let total, _) = step else { return }
      desk.progress(job.job, step: done, of: total)
      guard done == 0, let next, next.model.model === job.model.model else { return }
      Task(priority: .utility) { await session.prepare(next.order) }
    }
  }
}
