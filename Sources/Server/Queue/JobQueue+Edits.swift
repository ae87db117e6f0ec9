import Engine
import Foundation
import History
import Painting
import System

extension JobQueue {
  /// What must be in memory to change pictures: none of the models.
  static let editKey = "\u{1F}edit"

  /// Changes a picture. The model in memory leaves it before: each may take all that there is.
  func change(_ edit: AdmittedEdit, _ turn: Turn, _ engine: Engine) async throws {
    state.withLock { state in
      state.session?.model.release()
      state.session = nil
      state.parallel = 1
    }
    defer { edit.release() }
    let start = ContinuousClock.now
    let (bytes, work) = try await Background.run { (try edit.read(), try edit.make()) }
    let folder = try dayFolder(of: turn.job)
    let stem = String(edit.name.prefix { $0 != "." }.prefix(60))
    let path = "\(folder)/\(stem)-\(work.suffix)-\(turn.job.id.suffix(6)).png"
    _ = try await engine.change(
      bytes, named: edit.name, work, to: .file(path, ifTaken: .replace), limit: settings.limit, of: edit.source,
      identifier: turn.job.runs[turn.place]
    ) { [self] done, total in changed(done, total, turn, since: start) }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    metrics.painted("changed", seconds: seconds)
    await Background.finish(engine)
    _ = state.withLock { state in
      state.editSpeeds[edit.kind] = seconds / Double(max(1, edit.pixels))
      return state.open[turn.job.id]?.job.painted.insert(turn.place)
    }
  }

  private func changed(_ done: Int, _ total: Int, _ turn: Turn, since start: ContinuousClock.Instant) {
    let passed = (ContinuousClock.now - start) / .seconds(1)
    state.withLock { state in
      state.open[turn.job.id]?.job.step = done
      state.open[turn.job.id]?.job.steps = total
      state.open[turn.job.id]?.job.pictureSeconds = passed * Double(total) / Double(max(1, done))
    }
    hub.publish(.job(turn.job.id), of: turn.job.id, person: turn.job.key)
  }

  /// The folder for pictures of the day on which a job was asked for.
  func dayFolder(of job: Job) throws -> String {
    let folder = settings.picturesFolder + "/" + job.createdAt.iso8601.prefix(10)
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    return folder
  }
}
