import Engine
import Foundation
import History
import Images
import Logging
import Painting
import Synchronization
import System

/// The jobs of everybody, in the table `jobs`, painted fairly one picture after the other (several at a time with small
/// models), with one model in memory.
final class JobQueue: Sendable {
  /// A job with what painting it needs.
  struct Entry: Sendable {
    var job: Job
    var row: JobRow
    /// Nil after a restart, until its turn comes.
    var admitted: Admission.Admitted?
    var tasks: [Int: Task<Void, Never>] = [:]
    /// As it looked last: a PNG.
    var preview: [UInt8]?
    var previewed = ContinuousClock.now
    var told = ContinuousClock.now
  }

  struct State: Sendable {
    var open: [String: Entry] = [:]
    /// Jobs that ended lately.
    var ended: [String: Job] = [:]
    var endedOrder: [String] = []
    var fair = FairOrder()
    /// What is in memory.
    var model: String?
    var session: PaintingSession?
    /// Pictures that the model in memory may be painted at a time.
    var parallel = 1
    var running = 0
    /// Seconds a pixel that changes of pictures took lately, by their kinds.
    var editSpeeds: [String: Double] = [:]
    var isStopping = false
    var sleepers: [CheckedContinuation<Void, Never>] = []
    /// Nobody goes to sleep who was woken a moment before.
    var wakings = 0
    var waiters: [String: [CheckedContinuation<Job?, Never>]] = [:]
    /// Counts changes, so that forecasts are made once a change.
    var version = 0
    var forecasts: (version: Int, values: [String: FairOrder.Forecast]) = (-1, [:])
    /// Until when people were told to wait who found no room, and for how many pictures; by person, or "" for all.
    var told: [String: [(until: Date, pictures: Int)]] = [:]
    /// Paints a style's sample while nobody wants anything.
    var sample: Task<Bool, Never>?
  }

  let admission: Admission
  let store: HistoryStore
  let settings: QueueSettings
  let hub: EventHub
  let metrics: Metrics
  let speeds: PaintingSpeeds
  let logger: Logger?
  let executor = PaintingExecutor()
  /// Painted while there is nothing else to do; nil for none.
  let samples: StyleSamples?
  let state = Mutex(State())
  private static let keptEnded = 500
  /// Where nothing of a model was painted here yet.
  static let unknownSeconds = 10.0

  /// - Parameters:
  ///   - samples: What is painted while nobody wants anything.
  ///   - logger: Hears why pictures were not painted; their askers hear less.
  init(
    _ admission: Admission, hub: EventHub, metrics: Metrics, samples: StyleSamples? = nil, logger: Logger? = nil
  ) {
    self.admission = admission
    self.samples = samples
    self.logger = logger
    store = admission.store
    settings = admission.settings
    self.hub = hub
    self.metrics = metrics
    speeds = PaintingSpeeds(cacheFolder: admission.engine.installation.cacheFolder)
  }

  // MARK: Asking

  /// Lets a wish in and puts it at the end of the queue.
  ///
  /// - Throws: What ``Fault`` makes an answer of: refused, forbidden, too large, too many.
  func add(_ wish: JobWish, _ caller: Caller) async throws -> Job {
    try checkRoom(for: wish.settings.count, caller)
    return try await Background.run { [self] in
      let admitted = try admission.admit(wish, caller.access)
      var kept = wish
      // Begun again after a restart it shall be the same picture.
      if let order = admitted.order { kept.settings.seed = order.seed }
      let runs = (0..<kept.settings.count).map { _ in RunIdentifier.fresh() }
      var row = JobRow(
        id: RunIdentifier.fresh(), person: caller.person, token: caller.token?.id, request: kept.stored.text,
        runs: runs, createdAt: Date())
      try store.add(&row)
      var job = Job(row, wish: kept)
      job.weight = caller.access.role == .admin ? 2 : 1
      job.model = modelKey(kept)
      job.pictureSeconds = seconds(admitted)
      job.steps = admitted.order?.steps ?? 0
      state.withLock { state in
        let others = Set(state.open.values.map(\.job.key))
        state.fair.arrived(job.key, others: others)
        state.open[job.id] = Entry(job: job, row: row, admitted: admitted)
        state.version += 1
        // Whoever asks for a picture does not wait for samples.
        state.sample?.cancel()
      }
      wake()
      hub.publish(.job(job.id), of: job.id, person: job.key)
      return job
    }
  }

  func job(_ id: String, of person: Person) throws -> Job? {
    let key = "\(person.userID) \(person.name)"
    if let job = state.withLock({ $0.open[id]?.job ?? $0.ended[id] }) { return job.key == key ? job : nil }
    guard let row = try store.job(id: id), row.userID == person.userID, row.userName == person.name else { return nil }
    return Job(row, wish: try JobWish(stored: row.request))
  }

  /// Waiting and in work, and the last that ended, the newest first.
  func jobs(of person: Person, ended: Int = 50) throws -> [Job] {
    let key = "\(person.userID) \(person.name)"
    let open = state.withLock { $0.open.values.map(\.job).filter { $0.key == key } }
    let rows = try store.endedJobs(of: person, limit: ended)
    let known = Set(open.map(\.id))
    let past = rows.filter { !known.contains($0.id) }.compactMap { row in
      (try? JobWish(stored: row.request)).map { Job(row, wish: $0) }
    }
    return open.sorted { $0.number > $1.number } + past
  }

  /// When a job's turn comes; nil where it is in work already or has ended.
  func forecast(_ id: String) -> FairOrder.Forecast? { forecasts()[id] }

  /// How the picture in work looked last.
  func preview(_ id: String) -> [UInt8]? { state.withLock { $0.open[id]?.preview } }

  /// Returns when a job has ended, or the server ends; nil where there was no such job.
  func ended(_ id: String) async -> Job? {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        guard state.open[id] != nil, !state.isStopping else { return true }
        state.waiters[id, default: []].append(continuation)
        return false
      }
      if isOver { continuation.resume(returning: state.withLock { $0.ended[id] ?? $0.open[id]?.job }) }
    }
  }

  /// Stops a job at once; pictures that are done stay.
  /// - Returns: Whether there was one that could be stopped.
  @discardableResult
  func stop(_ id: String, of person: Person? = nil) -> Bool {
    let key = person.map { "\($0.userID) \($0.name)" }
    let tasks: [Task<Void, Never>]? = state.withLock { state in
      guard var entry = state.open[id], key == nil || entry.job.key == key else { return nil }
      entry.job.toPaint = []
      entry.job.state = .stopped
      state.open[id] = entry
      state.version += 1
      return Array(entry.tasks.values)
    }
    guard let tasks else { return false }
    for task in tasks { task.cancel() }
    if tasks.isEmpty { settle(id) }
    return true
  }

  /// The model in memory, by its name; nil for none.
  var loadedModel: String? { state.withLock { $0.session?.model.name } }

  /// Pictures that wait, and that are in work.
  var counts: (waiting: Int, painting: Int) {
    state.withLock { state in (state.open.values.reduce(0) { $0 + $1.job.toPaint.count }, state.running) }
  }

  /// The same of one person.
  func counts(of person: Person) -> (waiting: Int, painting: Int) {
    let key = "\(person.userID) \(person.name)"
    return state.withLock { state in
      state.open.values.filter { $0.job.key == key }.reduce((0, 0)) {
        ($0.0 + $1.job.toPaint.count, $0.1 + $1.job.inWork.count)
      }
    }
  }

  // MARK: Limits

  /// What a person may still paint today; nil for as much as they like.
  func quotaLeft(of person: Person) throws -> (pictures: Int?, seconds: Double?) {
    guard settings.picturesADay != nil || settings.secondsADay != nil else { return (nil, nil) }
    let used = try store.usage(of: person, since: Calendar.current.startOfDay(for: Date()))
    let key = "\(person.userID) \(person.name)"
    let waiting = state.withLock { state in
      state.open.values.filter { $0.job.key == key }.reduce(0) { $0 + $1.job.toPaint.count + $1.job.inWork.count }
    }
    return (
      settings.picturesADay.map { max(0, $0 - used.pictures - waiting) },
      settings.secondsADay.map { max(0, $0 - used.seconds) }
    )
  }

  private func checkRoom(for pictures: Int, _ caller: Caller) throws {
    let most = min(settings.mostWaiting, settings.mostWaitingOfOne)
    guard pictures <= most else {
      throw Fault.request("At most \(most) pictures can be asked for at a time.", field: "count")
    }
    let quota = try quotaLeft(of: caller.person)
    if quota.pictures.map({ $0 < pictures }) == true || quota.seconds == 0 {
      let tomorrow = Calendar.current.startOfDay(for: Date()).addingTimeInterval(86_400).timeIntervalSinceNow
      throw Fault(
        .tooManyRequests, "quota", "You have had your pictures of today; there are more tomorrow.",
        retryAfter: Int(tomorrow.rounded(.up)))
    }
    let key = "\(caller.person.userID) \(caller.person.name)"
    let (all, own) = state.withLock { state in
      (
        state.open.values.reduce(0) { $0 + $1.job.toPaint.count },
        state.open.values.filter { $0.job.key == key }.reduce(0) { $0 + $1.job.toPaint.count }
      )
    }
    guard all + pictures <= settings.mostWaiting, own + pictures <= settings.mostWaitingOfOne else {
      let isOwn = own + pictures > settings.mostWaitingOfOne
      // So many pictures must be painted before there is room.
      let over = isOwn ? own + pictures - settings.mostWaitingOfOne : all + pictures - settings.mostWaiting
      let line = isOwn ? key : ""
      throw Fault(
        .tooManyRequests, "queue_full",
        isOwn
          ? "You have \(own) pictures waiting already; at most \(settings.mostWaitingOfOne) can."
          : "\(all) pictures are waiting already; try again later.",
        retryAfter: retrySeconds(over: over, for: pictures, in: line))
    }
  }

  private static let mostTold = 1_000

  /// How long it takes until there is room for who asks now: behind those who were told to wait before.
  ///
  /// - Parameters:
  ///   - over: Pictures that must be begun before there is room.
  ///   - line: The person whose pictures they are, whom others take turns with; "" for everybody's.
  private func retrySeconds(over: Int, for pictures: Int, in line: String) -> Int {
    state.withLock { state in
      let now = Date()
      var told = (state.told[line] ?? []).filter { $0.until > now }
      // Whoever asks again and again makes nobody wait for longer than a whole queue.
      let most = line == "" ? settings.mostWaiting : settings.mostWaitingOfOne
      let before = min(most, told.reduce(0) { $0 + $1.pictures })
      let people = line != "" ? Set(state.open.values.filter { !$0.job.toPaint.isEmpty }.map(\.job.key)).count : 1
      let known = state.open.values.map { $0.job.pictureSeconds ?? Self.unknownSeconds }
      let mean = known.isEmpty ? 1 : known.reduce(0, +) / Double(known.count)
      let turns = Double((over + before) * max(1, people))
      let seconds = max(1, Int((turns * mean / Double(state.parallel)).rounded(.up)))
      if told.count < Self.mostTold { told.append((now.addingTimeInterval(Double(seconds)), pictures)) }
      state.told[line] = told
      if state.told.count > Self.mostTold { state.told = state.told.filter { $0.value.contains { $0.until > now } } }
      return seconds
    }
  }

  // MARK: Order

  func forecasts() -> [String: FairOrder.Forecast] {
    if let values = state.withLock({ $0.forecasts.version == $0.version ? $0.forecasts.values : nil }) { return values }
    let (fair, waiting, busy, workers, version) = state.withLock { state in
      let busy = state.open.values.reduce(0) { sum, entry in
        let seconds = entry.job.pictureSeconds ?? Self.unknownSeconds
        let left = 1 - Double(entry.job.step) / Double(max(1, entry.job.steps))
        return sum + Double(entry.job.inWork.count) * seconds * left
      }
      return (state.fair, state.waiting, busy, state.parallel, state.version)
    }
    // Painting goes on meanwhile.
    let values = fair.forecasts(waiting, busy: busy, workers: workers)
    state.withLock { state in
      if state.forecasts.version < version { state.forecasts = (version, values) }
    }
    return values
  }

  /// What must be in memory for a picture, as it is named.
  func modelKey(_ wish: JobWish) -> String {
    guard wish.edit == nil else { return Self.editKey }
    let named = ["model", "vae", "text-encoder", "lora"].map { name in
      Setting.named(name)?.text(wish.settings) ?? (name == "model" ? admission.defaultModel ?? "" : "")
    }
    let controls = (try? admission.controlModels(wish).names) ?? []
    return (named + controls).joined(separator: "\u{1F}")
  }

  func seconds(_ admitted: Admission.Admitted) -> Double? {
    switch admitted.work {
    case .order(let order, let model):
      speeds.price(order, modelHash: model.hash.digitsIfReady ?? "").seconds
    case .edit(let edit):
      state.withLock { $0.editSpeeds[edit.kind] }.map { $0 * Double(edit.pixels) }
    }
  }

  // MARK: Sleeping and waking

  /// Waits until there may be something to do that was not there when so many wakings were counted.
  func sleep(since wakings: Int) async {
    await withCheckedContinuation { continuation in
      let isNews = state.withLock { state in
        guard !state.isStopping, state.wakings == wakings else { return true }
        state.sleepers.append(continuation)
        return false
      }
      if isNews { continuation.resume() }
    }
  }

  func wake() {
    let sleepers = state.withLock { state in
      state.wakings += 1
      defer { state.sleepers = [] }
      return state.sleepers
    }
    for sleeper in sleepers { sleeper.resume() }
  }

  // MARK: Ending

  /// Takes a job out of the queue where nothing of it is left to do.
  func settle(_ id: String) {
    let ended: (job: Job, row: JobRow, waiters: [CheckedContinuation<Job?, Never>])? = state.withLock { state in
      guard var entry = state.open[id], entry.job.toPaint.isEmpty, entry.job.inWork.isEmpty, !state.isStopping else {
        return nil
      }
      if entry.job.state.isOpen { entry.job.state = entry.job.outcome }
      entry.job.finishedAt = Date()
      state.open[id] = nil
      state.ended[id] = entry.job
      state.endedOrder.append(id)
      if state.endedOrder.count > Self.keptEnded { state.ended[state.endedOrder.removeFirst()] = nil }
      state.version += 1
      return (entry.job, entry.row, state.waiters.removeValue(forKey: id) ?? [])
    }
    guard let ended else { return }
    save(ended.job, ended.row)
    for waiter in ended.waiters { waiter.resume(returning: ended.job) }
    hub.publish(.job(id), of: id, person: ended.job.key)
  }

  func save(_ job: Job, _ row: JobRow) {
    // What could not be written is painted again after a restart; the pictures are in the history.
    try? store.update(job.row(row))
  }
}

extension JobQueue.State {
  /// Jobs with pictures to be begun.
  var waiting: [FairOrder.Waiting] {
    open.values.compactMap { entry in
      let job = entry.job
      guard !job.toPaint.isEmpty else { return nil }
      return FairOrder.Waiting(
        id: job.id, person: job.key, number: job.number, pictures: job.toPaint.count,
        seconds: job.pictureSeconds ?? JobQueue.unknownSeconds, model: job.model, weight: job.weight)
    }
  }
}
