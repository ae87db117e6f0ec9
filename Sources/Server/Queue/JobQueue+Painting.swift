import Engine
import Foundation
import Guardrail
import History
import Images
import Logging
import Painting
import ServiceLifecycle
import Synchronization
import System

extension JobQueue: Service {
  /// A picture whose turn has come.
  struct Turn: Sendable {
    let job: Job
    let place: Int
    let admitted: Admission.Admitted?
  }

  /// Models up to this size are painted with side by side, as `limn batch` does.
  static let smallModelBytes = 512 << 20
  private static let previewPixels = 512
  private static let previewInterval = Duration.milliseconds(300)
  private static let tellInterval = Duration.milliseconds(100)

  /// Paints until the server is told to end; the picture in work is then given up, and begun again after the next start.
  func run() async throws {
    try restore()
    // Cancelled where another part of the server fails, such as listening.
    await withTaskCancellationOrGracefulShutdownHandler {
      await withTaskGroup { group in
        for _ in 0..<max(1, settings.workers) { group.addTask(executorPreference: executor) { await self.work() } }
      }
    } onCancelOrGracefulShutdown: {
      self.shutDown()
    }
    speeds.save()
  }

  /// Takes up what an earlier server left.
  private func restore() throws {
    try? store.forgetJobs(endedBefore: Date(timeIntervalSinceNow: -90 * 86_400))
    for var row in try store.takeOverJobs() {
      guard let wish = try? JobWish(stored: row.request) else {
        row.state = .failed
        try store.update(row)
        continue
      }
      var runs = row.runs.split(separator: ",").map(String.init)
      var painted: Set<Int> = []
      for (place, id) in runs.enumerated() {
        guard let run = try store.run(id: id) else { continue }
        // What was cut short is painted by another run.
        if run.outcome == .painted { painted.insert(place) } else { runs[place] = RunIdentifier.fresh() }
      }
      row.runs = runs.joined(separator: ",")
      row.state = .waiting
      row.answer = nil
      try store.update(row)
      var job = Job(row, wish: wish, painted: painted)
      job.model = modelKey(wish)
      state.withLock { $0.open[job.id] = Entry(job: job, row: row) }
      settle(job.id)
    }
  }

  func shutDown() {
    let (tasks, waiters) = state.withLock { state in
      state.isStopping = true
      defer { state.waiters = [:] }
      let waiters = state.waiters.flatMap { id, waiters in
        state.open[id].map { entry in waiters.map { ($0, entry.job) } } ?? []
      }
      state.sample?.cancel()
      return (state.open.values.flatMap { Array($0.tasks.values) }, waiters)
    }
    for task in tasks { task.cancel() }
    for (waiter, job) in waiters { waiter.resume(returning: job) }
    hub.end()
    wake()
  }

  private func work() async {
    while !state.withLock({ $0.isStopping }) {
      let wakings = state.withLock { $0.wakings }
      guard let turn = take() else {
        if await paintSample() { continue }
        await sleep(since: wakings)
        continue
      }
      let task = Task(executorPreference: executor) { await self.paint(turn) }
      let isStopped = state.withLock { state in
        state.open[turn.job.id]?.tasks[turn.place] = task
        return state.isStopping || state.open[turn.job.id]?.job.state == .stopped
      }
      if isStopped { task.cancel() }
      await task.value
      wake()
    }
  }

  /// The picture to be begun next; nil where there is none, or the model in memory must first finish its work.
  private func take() -> Turn? {
    state.withLock { state in
      guard !state.isStopping, let id = state.fair.next(state.waiting, model: state.model), var entry = state.open[id]
      else { return nil }
      let isOther = entry.job.model != state.model
      guard state.running == 0 || !isOther && state.running < state.parallel else { return nil }
      if isOther {
        state.model = entry.job.model
        state.parallel = 1
      }
      let place = entry.job.toPaint.removeLast()
      entry.job.inWork.insert(place)
      entry.job.state = .painting
      entry.job.step = 0
      state.open[id] = entry
      state.running += 1
      state.version += 1
      return Turn(job: entry.job, place: place, admitted: entry.admitted)
    }
  }

  private func paint(_ turn: Turn) async {
    let id = turn.job.id
    let start = ContinuousClock.now
    if let entry = state.withLock({ $0.open[id] }) { save(entry.job, entry.row) }
    hub.publish(.job(id), of: id, person: turn.job.key)
    let outcome: Result<Void, any Error>
    do {
      try Task.checkCancellation()
      let admitted = try await Background.run { [self] in try turn.admitted ?? admit(turn.job) }
      switch admitted.work {
      case .order(let order, let model): try await paint(order, model, turn, admitted)
      case .edit(let edit): try await change(edit, turn, admitted.engine)
      }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    ended(turn, outcome, seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  private func paint(_ order: Order, _ model: LoadedModel, _ turn: Turn, _ admitted: Admission.Admitted) async throws {
    let session = session(order, model, admitted.engine)
    // Now it is known how many may be painted at a time.
    wake()
    let started = try await Background.run { [admission] in try admission.starting(order.following(turn.place)) }
    var request = PictureRequest(started, model, place: try placed(turn))
    request.limit = settings.limit
    request.encoding = turn.job.wish.encoding
    request.origin = RunOrigin()
    request.origin.identifier = turn.job.runs[turn.place]
    request.origin.queuedAt = turn.job.createdAt
    if turn.job.count > 1 { request.origin.orderID = turn.job.id }
    try await admitted.engine.paint(request, in: session) { [self] event in try heard(event, turn, admitted, model) }
    await Background.finish(admitted.engine)
  }

  /// Lets a job in again whose server has ended meanwhile.
  private func admit(_ job: Job) throws -> Admission.Admitted {
    let token = try job.token.flatMap { try store.token(id: $0) }
    let person = token.map(Person.init) ?? Person(userID: job.person.userID) ?? job.person
    let access = try token.map { Access($0, person: person, grants: try store.grants()) } ?? store.access(for: person)
    let admitted = try admission.admit(job.wish, access)
    let known = seconds(admitted)
    state.withLock { state in
      state.open[job.id]?.admitted = admitted
      state.open[job.id]?.job.pictureSeconds = known
      state.open[job.id]?.job.steps = admitted.order?.steps ?? 0
    }
    return admitted
  }

  /// The session of a model, in the place of another's.
  func session(_ order: Order, _ loaded: LoadedModel, _ engine: Engine) -> PaintingSession {
    let model = loaded.model
    return state.withLock { state in
      if let session = state.session, session.model === model { return session }
      state.session?.model.release()
      let bytes = engine.predictedBytes(order, paintsSeveral: true)
      let fits = bytes.map { max(1, settings.limit.bytes / max(1, $0)) } ?? 1
      let isSmall = bytes.map { $0 <= Self.smallModelBytes } ?? false
      state.parallel = isSmall ? min(settings.workers, fits) : 1
      let session = PaintingSession(
        model, limit: settings.limit.share(ofOneIn: state.parallel), paintsSeveral: true,
        conditions: loaded.conditions)
      state.session = session
      return session
    }
  }

  /// A name that is the same where a picture is begun again, so that nothing is left of what was cut short.
  private func placed(_ turn: Turn) throws -> @Sendable (Order) -> PicturePlace {
    let folder = try dayFolder(of: turn.job)
    let suffix = "\(turn.job.id.suffix(6))-\(turn.place + 1).\(turn.job.wish.encoding.format.endings[0])"
    return { order in
      .file("\(folder)/\(Slug.slug(of: order.settings.prompt))-\(order.seed)-\(suffix)", ifTaken: .replace)
    }
  }

  // MARK: Progress

  private func heard(
    _ event: PaintingEvent, _ turn: Turn, _ admitted: Admission.Admitted, _ model: LoadedModel
  ) throws {
    switch event {
    case .progress(_, _, .sampling(let done, let total, let picture)): progress(done, total, picture, turn)
    case .progress: break
    case .withheld(let refusal):
      metrics.painted("refused", seconds: 0)
      state.withLock { $0.open[turn.job.id]?.job.fault = Fault(refusal) }
    case .painted(let picture):
      speeds.add(picture, modelHash: model.hash.digitsIfReady ?? "")
      metrics.painted("painted", seconds: picture.painting.timings.total)
      let known = seconds(admitted)
      state.withLock { state in
        state.open[turn.job.id]?.job.painted.insert(turn.place)
        state.open[turn.job.id]?.job.pictureSeconds = known
      }
    }
  }

  private func progress(_ done: Int, _ total: Int, _ picture: () -> Picture?, _ turn: Turn) {
    let id = turn.job.id
    let now = ContinuousClock.now
    let (tells, previews) = state.withLock { state in
      guard var entry = state.open[id] else { return (false, false) }
      entry.job.step = done
      entry.job.steps = total
      let tells = now - entry.told >= Self.tellInterval || done == total
      if tells { entry.told = now }
      let previews =
        entry.job.wish.wantsPreviews && done > 0 && done < total && now - entry.previewed >= Self.previewInterval
      if previews { entry.previewed = now }
      state.open[id] = entry
      return (tells, previews)
    }
    if tells { hub.publish(.job(id), of: id, person: turn.job.key) }
    guard previews, let picture = picture() else { return }
    let small = picture.shrunk(to: Self.previewPixels)
    guard let png = try? PNGEncoder.encode(small, effort: .fast) else { return }
    state.withLock { $0.open[id]?.preview = png }
    hub.publish(.preview(job: id, index: turn.place, png: png), of: id, person: turn.job.key)
  }

  // MARK: Ending

  private func ended(_ turn: Turn, _ outcome: Result<Void, any Error>, seconds: Double) {
    let id = turn.job.id
    let entry: Entry? = state.withLock { state in
      state.running -= 1
      state.version += 1
      state.fair.spent(seconds, by: turn.job.key, weight: turn.job.weight)
      guard var entry = state.open[id] else { return nil }
      entry.tasks[turn.place] = nil
      entry.job.inWork.remove(turn.place)
      entry.job.step = 0
      entry.preview = nil
      if case .failure(let error) = outcome {
        if error is CancellationError {
          // Stopped by somebody, or the server ends.
          if entry.job.state != .stopped { entry.job.toPaint.append(turn.place) }
        } else {
          entry.job.fault = Fault(error)
          entry.job.toPaint = []
        }
      }
      if entry.job.state == .painting, entry.job.inWork.isEmpty, !entry.job.toPaint.isEmpty {
        entry.job.state = .waiting
      }
      state.open[id] = entry
      return entry
    }
    if case .failure(let error) = outcome {
      metrics.painted(error is CancellationError ? "stopped" : "failed", seconds: seconds)
      if !(error is CancellationError) {
        logger?.error("not painted", metadata: ["job": "\(id)", "reason": "\(String(describing: error).prefix(500))"])
      }
    }
    guard let entry else { return }
    save(entry.job, entry.row)
    hub.publish(.job(id), of: id, person: turn.job.key)
    settle(id)
  }
}

extension Background {
  /// Waits until everything of an engine is recorded.
  static func finish(_ engine: Engine) async { try? await run { engine.finish() } }
}

extension Picture {
  /// The picture with no side longer than that.
  func shrunk(to longest: Int) -> Picture {
    let scale = Double(longest) / Double(max(width, height))
    guard scale < 1 else { return self }
    return resized(
      width: max(1, Int((Double(width) * scale).rounded())), height: max(1, Int((Double(height) * scale).rounded())))
  }
}
