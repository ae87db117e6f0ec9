import Foundation
import History

/// A folder for one test's database; removed with the last reference.
final class TemporaryHistory {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "limn-history-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  var path: String { folder.appending(path: "history.sqlite").path }

  func open(_ mode: HistoryStore.Mode = .readWrite) throws -> HistoryStore {
    try HistoryStore(path: path, mode: mode)
  }
}
