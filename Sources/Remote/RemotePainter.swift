import Batch
import Engine
import Images
import JSON
import Painting
import System

/// Has a server paint the pictures of a batch.
package struct RemotePainter: BatchPainter {
  private let server: RemoteServer
  private let settings: BatchSettings
  /// Wishes that are checked at a time.
  private static let checks = 8

  package init(_ server: RemoteServer, _ settings: BatchSettings) {
    (self.server, self.settings) = (server, settings)
  }

  // MARK: Planning

  /// Has the server look at every picture.
  ///
  /// - Returns: What it says of each, in order.
  /// - Throws: ``RemoteError`` where it would say the same of all.
  package static func planned(
    _ pictures: [Result<ExpandedLine, LineFault>], _ uploads: RemoteUploads, at server: RemoteServer
  ) async throws -> [Result<PlannedPicture, any Error>?] {
    var planned = [Result<PlannedPicture, any Error>?](repeating: nil, count: pictures.count)
    try await withThrowingTaskGroup(of: (Int, Result<PlannedPicture, any Error>).self) { group in
      var rest = pictures.enumerated().compactMap { place, picture in
        (try? picture.get()).map { (place, $0) }
      }[...]
      func begin() {
        guard let (place, picture) = rest.popFirst() else { return }
        group.addTask {
          do {
            return (place, .success(try await plan(picture, uploads, at: server)))
          } catch {
            try Task.checkCancellation()
            if (error as? RemoteError)?.isGeneral == true { throw error }
            return (place, .failure(error))
          }
        }
      }
      for _ in 0..<checks { begin() }
      while let (place, result) = try await group.next() {
        planned[place] = result
        begin()
      }
    }
    return planned
  }

  private static func plan(
    _ picture: ExpandedLine, _ uploads: RemoteUploads, at server: RemoteServer
  ) async throws -> PlannedPicture {
    let settings = try picture.settings
    try settings.checkElsewhere(server.address.name)
    let wish = RemoteWish(settings, uploads: try await uploads.uploads(for: settings))
    do {
      let check = try await server.check(wish)
      let order = RemoteOrder(
        settings: wish.decided(by: check).settings, uploads: wish.uploads, warnings: check.warnings,
        seconds: check.seconds, bytes: check.bytes)
      return PlannedPicture(key: check.key, summary: check.summary, work: .elsewhere(order))
    } catch let error as RemoteError where error.code == "refused" {
      throw RefusedPicture(
        .init(
          key: JobKey([("refused by", server.address.name)] + settings.texts.map { ($0.name, $0.text) }),
          prompt: settings.prompt, category: error.category), reason: error.description)
    }
  }

  package func price(_ jobs: [BatchJob], workers: Int) -> BatchPrice {
    BatchPrice(jobs, workers: 1, speeds: nil)
  }

  /// The server has recorded it.
  package func record(_ refused: BatchFault.Refused, batch: String) {}

  // MARK: Painting

  package func paint(_ jobs: [BatchJob], for desk: BatchDesk) async {
    await withTaskGroup { group in
      for _ in 0..<max(1, settings.workers) {
        group.addTask {
          while let place = desk.take() {
            await paint(jobs[place], for: desk)
            desk.ended(jobs[place])
          }
        }
      }
    }
  }

  private func paint(_ job: BatchJob, for desk: BatchDesk) async {
    guard case .elsewhere(let order) = job.work else { return }
    var wish = RemoteWish(order.settings, uploads: order.uploads)
    wish.encoding = PictureEncoding(PictureFormat(path: job.path) ?? .png, quality: settings.quality)
    wish.warnings = order.warnings
    await desk.begin(job)
    for attempt in 0...settings.retries {
      do {
        return try await paint(wish, job, for: desk)
      } catch is CancellationError {
        desk.stop(.interrupted)
        return await desk.interrupt(job)
      } catch let error as RemoteError where error.code == "refused" {
        return await desk.refuse(job, category: error.category, error.description)
      } catch {
        let isOver = (error as? RemoteError)?.isGeneral == true || error is UserError
        guard attempt == settings.retries || isOver else { continue }
        if isOver { desk.stop(.broken(error)) }
        return isOver && error is RemoteError
          ? await desk.interrupt(job) : await desk.fail(job, error, attempts: attempt + 1)
      }
    }
  }

  private func paint(_ wish: RemoteWish, _ job: BatchJob, for desk: BatchDesk) async throws {
    let (pictures, painted) = AsyncStream.makeStream(of: Result<RemotePicture, RemoteError>.self)
    try await server.paint(wish) { event in
      switch event {
      case .step(_, let done, let total): desk.progress(job, step: done, of: total)
      case .painted(let picture): painted.yield(.success(picture))
      case .withheld(let reason): painted.yield(.failure(RemoteError(reason, .refused, code: "refused")))
      case .waiting, .preview: break
      }
    }
    painted.finish()
    for await picture in pictures { return try await deliver(picture.get(), job, for: desk) }
    throw RemoteError(unreachable: server.address.name, "has painted nothing")
  }

  private func deliver(_ picture: RemotePicture, _ job: BatchJob, for desk: BatchDesk) async throws {
    var path: String?
    if case .file(let wanted, let collision) = desk.place(of: job) {
      path = try AtomicFile.save(picture.bytes, to: wanted, ifTaken: collision)
    }
    let warnings = picture.warnings
    do {
      try await desk.deliver(
        DeliveredPicture(
          path: path, bytes: picture.bytes, warnings: warnings, timings: picture.timings,
          isBlurred: picture.isBlurred, record: { picture.record(path: $0) }), job)
    } catch {
      // Without a ledger nothing that is painted would be known again.
      desk.stop(.broken(error))
      throw error
    }
  }
}
