import Engine
import Foundation
import Images
import Painting
import System

/// A batch from its plan to its end: the ledger, what lies there already, the painting, sheet and gallery, the summary.
package struct BatchWork {
  private var plan: BatchPlan
  private let settings: BatchSettings
  private let painter: any BatchPainter
  private let observer: any BatchObserver
  private let ledger: Ledger
  /// Jobs to paint, those of one model next to each other.
  package private(set) var toPaint: [BatchJob] = []
  private var kept: [BatchJob] = []
  private var replaceable: Set<JobKey> = []

  /// A batch that this machine paints.
  package init(plan: BatchPlan, settings: BatchSettings, engine: Engine, observer: any BatchObserver) throws {
    try self.init(plan: plan, settings: settings, painter: LocalPainter(engine, settings), observer: observer)
  }

  package init(
    plan: BatchPlan, settings: BatchSettings, painter: any BatchPainter, observer: any BatchObserver
  ) throws {
    self.plan = plan
    self.settings = settings
    self.painter = painter
    self.observer = observer
    if let folder = settings.folder {
      try BatchWork.makeFolder(folder)
      let path = settings.ledger ?? "\(folder)/\(BatchWork.ledgerName(settings.shard))"
      try Ledger.protect(path)
      // Hours of painting should not end in a mistyped folder.
      for page in [settings.sheet, settings.gallery].compactMap(\.self) {
        try AtomicFile.check(page, ifTaken: .replace)
      }
      ledger = try Ledger(path: path)
      try mergeLedgers(in: folder)
    } else {
      ledger = try Ledger()
    }
    try sortJobs()
  }

  static func ledgerName(_ shard: Shard) -> String {
    shard == .whole ? "limn-batch.sqlite" : "limn-batch-\(shard.index)-of-\(shard.count).sqlite"
  }

  private static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw UserError.request("\(path) cannot be made: it is a file, or you may not write there.")
    }
  }

  /// Takes over what is known elsewhere: the ledgers that are named, and those of shards that painted into the folder.
  private func mergeLedgers(in folder: String) throws {
    var paths = settings.merge
    if settings.shard == .whole, settings.ledger == nil {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      paths += names.filter { $0.wholeMatch(of: /limn-batch-\d+-of-\d+\.sqlite/) != nil }.sorted().map {
        "\(folder)/\($0)"
      }
    }
    for path in paths {
      guard FileManager.default.fileExists(atPath: path) else {
        throw UserError.input("There is no ledger \(path) to merge.")
      }
      try ledger.merge(Ledger(path: path))
    }
  }

  /// Names the jobs and tells those that are painted from those that are not.
  private mutating func sortJobs() throws {
    let records = try ledger.records()
    let planned = Set(plan.jobs.map(\.key.digits))
    let (place, plan) = (settings.place, self.plan)
    var book = NameBook(taken: records.values.map(\.path)) { path in
      FileManager.default.fileExists(atPath: place(path))
    }
    self.plan.nameJobs { job in
      // What was refused when it was planned has no name yet.
      let known = records[job.key.digits]?.path ?? ""
      return known.isEmpty || !plan.allows(known) ? book.name(for: job.path) : known
    }
    var news: [JobRecord] = []
    for job in self.plan.jobs {
      guard let record = records[job.key.digits] else {
        news.append(JobRecord(key: job.key, path: job.path, line: job.line, copy: job.copy))
        toPaint.append(job)
        continue
      }
      if settings.resumes, plan.allows(record.path), isWhole(record) {
        kept.append(job)
      } else {
        if record.state == .painting || record.state == .done { replaceable.insert(job.key) }
        toPaint.append(job)
      }
    }
    precondition(planned.count == plan.jobs.count, "sortJobs: two jobs of one key")
    try ledger.save(news)
    for folder in Set(toPaint.map { URL(fileURLWithPath: place($0.path)).deletingLastPathComponent().path })
    where settings.folder != nil {
      // Where that fails, the pictures that were to lie there say so.
      try? BatchWork.makeFolder(folder)
    }
    var order: [String: Int] = [:]
    for job in toPaint where order[job.summary.modelIdentity] == nil { order[job.summary.modelIdentity] = order.count }
    toPaint = toPaint.enumerated().sorted { first, second in
      (order[first.element.summary.modelIdentity] ?? 0, first.offset)
        < (order[second.element.summary.modelIdentity] ?? 0, second.offset)
    }.map(\.element)
  }

  /// Whether the picture that the ledger tells of lies there as it was written.
  private func isWhole(_ record: JobRecord) -> Bool {
    guard record.state == .done, let digest = record.digest,
      let contents = try? FileTree.read(settings.place(of: record.path), atMost: 1 << 30)
    else { return false }
    return contents.count == record.bytes && Fingerprint.digits(of: contents) == digest
  }

  /// Paints and reports; returns the exit status. Cancelling the task ends it in order.
  ///
  /// - Parameter title: The prompt file, as it stands before line numbers.
  package func run(title: String) async throws -> Int32 {
    defer { ledger.close() }
    let refused = plan.faults.filter { $0.refused != nil }
    let invalid = plan.faults.count - refused.count
    observer.event(
      BatchEvent.Started(
        pictures: plan.jobs.count + refused.count, kept: kept.count, toPaint: toPaint.count, refused: refused.count,
        invalid: invalid, repeated: plan.repetitions.count, shard: "\(settings.shard)", ledger: ledger.path))
    try reportFaults(title: title)
    if settings.failsFast, let fault = plan.faults.first {
      observer.error("Nothing was painted because of \(title), line \(fault.line).")
      return (fault.refused == nil ? ExitStatus.unreadable : .refused).rawValue
    }
    if let folder = settings.folder {
      try painter.price(toPaint, workers: settings.workers).check(folder: folder)
    }
    if !kept.isEmpty { observer.note("\(kept.count) of \(plan.jobs.count) pictures lie there already") }
    let state = BatchState(total: toPaint.count)
    let desk = BatchDesk(
      ledger: ledger, settings: settings, replaceable: replaceable, state: state, observer: observer)
    await painter.paint(toPaint, for: desk)
    if case .interrupted? = state.stopReason {} else { try showPictures() }
    return try summarise(state, refused: refused.count, invalid: invalid, title: title)
  }

  /// What will not be painted is said before the painting, and recorded.
  private func reportFaults(title: String) throws {
    for job in toPaint {
      if let warning = job.summary.warning { observer.note("\(title):\(job.line): \(warning)") }
    }
    let known = try ledger.records()
    for fault in plan.faults {
      observer.event(fault.event)
      observer.note("\(title):\(fault.line): \(fault.reason)")
      // A refusal is recorded once, however often the batch is taken up again.
      guard let refused = fault.refused, known[refused.key.digits]?.state != .refused else { continue }
      painter.record(refused, batch: ledger.path)
      var record = JobRecord(key: refused.key, path: "", line: fault.line, copy: fault.copy ?? 1)
      record.state = .refused
      record.reason = fault.reason
      try ledger.save([record])
    }
  }

  private func showPictures() throws {
    guard settings.sheet != nil || settings.gallery != nil else { return }
    let records = try ledger.records()
    let shown = plan.jobs.compactMap { job -> ShownPicture? in
      guard let record = records[job.key.digits], record.state == .done else { return nil }
      return ShownPicture(job: job, path: settings.place(of: record.path))
    }
    if let path = settings.sheet { try ContactSheet(shown, columns: settings.sheetColumns).save(to: path) }
    if let path = settings.gallery { try Gallery(shown).save(to: path) }
  }

  private func summarise(_ state: BatchState, refused: Int, invalid: Int, title: String) throws -> Int32 {
    let counts = state.counts
    let refused = refused + counts.refused
    let left = toPaint.count - counts.painted - counts.failed - counts.refused
    let status = self.status(state, hasFaults: refused + invalid + counts.blurred > 0)
    observer.event(
      BatchEvent.Done(
        painted: counts.painted, kept: kept.count, refused: refused, failed: counts.failed + invalid, left: left,
        seconds: state.elapsedSeconds, status: status))
    try observer.finish()
    if case .broken(let error)? = state.stopReason { observer.error("\(error)") }
    for failure in state.failures {
      observer.error(
        "\(title), line \(failure.job.line), picture \(failure.job.index) was not painted: \(failure.reason)")
    }
    let faults = [(refused, "refused"), (invalid, "not understood")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    if !faults.isEmpty {
      observer.error("\(title): \(faults.joined(separator: ", ")); the reasons stand above.")
    }
    if left > 0 {
      let painted = counts.painted == 1 ? "1 picture" : "\(counts.painted) pictures"
      observer.error("\(painted) painted, \(left) left; the same command goes on from here.")
    }
    return status
  }

  /// Whoever knows the signal that ended it says a status of its own.
  package static let interruptedStatus: Int32 = 130

  private func status(_ state: BatchState, hasFaults: Bool) -> Int32 {
    switch state.stopReason {
    case .interrupted: return BatchWork.interruptedStatus
    case .broken(let error): return (ExitStatus(error) ?? .fault).rawValue
    case .failed: return ExitStatus.partial.rawValue
    case nil: break
    }
    if state.counts.failed > 0 { return ExitStatus.partial.rawValue }
    guard hasFaults else { return 0 }
    if state.counts.painted + kept.count > 0 { return ExitStatus.partial.rawValue }
    return (plan.faults.allSatisfy { $0.refused != nil } ? ExitStatus.refused : .unreadable).rawValue
  }
}
