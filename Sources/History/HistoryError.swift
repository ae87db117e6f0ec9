import GRDB

/// Why the history could not be used; `description` is the sentence that the user reads.
package enum HistoryError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The folder of the database cannot be made or reached.
  case folder(path: String, reason: String)
  /// The file is there but cannot be opened.
  case unreadable(path: String, reason: String)
  /// The file is no database of limn's, or its pages are damaged.
  case damaged(path: String, reason: String)
  /// A later version of limn has written the file.
  case newer(path: String)
  /// This user may read but not write.
  case readOnly(path: String)
  /// The disk is full.
  case noSpace(path: String)
  /// Another process held the database for longer than this one was ready to wait.
  case busy(path: String)
  /// Anything else that SQLite refused.
  case refused(path: String, reason: String)
  /// What was asked makes no sense; a whole sentence.
  case request(String)
  /// No run goes by that number or identifier; a whole sentence.
  case unknownRun(String)
  /// A file to be imported is no history; a whole sentence.
  case notImportable(String)

  package var description: String {
    switch self {
    case .folder(let path, let reason):
      "The history's folder \(path) cannot be used: \(reason). Make it, or name another place with LIMN_HISTORY."
    case .unreadable(let path, let reason):
      "The history \(path) cannot be opened: \(reason). Check its permissions, or name another file with LIMN_HISTORY."
    case .damaged(let path, let reason):
      "The history \(path) is damaged (\(reason)) and is left as it is. Move it away to begin a new one; `sqlite3 FILE .recover` may save its rows."
    case .newer(let path):
      "The history \(path) was written by a newer limn and is left as it is. Update limn, or name another file with LIMN_HISTORY."
    case .readOnly(let path):
      "The history \(path) cannot be written: you may only read it, or its disk is read-only."
    case .noSpace(let path):
      "The history \(path) cannot be written: its disk is full. Free some space, or run `limn history prune`."
    case .busy(let path):
      "The history \(path) was held by another process for too long. Try again when that has ended."
    case .refused(let path, let reason):
      "The history \(path) cannot be used: \(reason)."
    case .request(let sentence), .unknownRun(let sentence), .notImportable(let sentence): sentence
    }
  }

  /// What SQLite said of the database at `path`, sorted.
  init(_ error: any Error, path: String) {
    if let error = error as? HistoryError {
      self = error
      return
    }
    guard let error = error as? DatabaseError else {
      self = .refused(path: path, reason: "\(error)")
      return
    }
    let reason = error.message ?? "error \(error.resultCode.rawValue)"
    self =
      switch error.resultCode {
      case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged(path: path, reason: reason)
      case .SQLITE_FULL: .noSpace(path: path)
      case .SQLITE_READONLY: .readOnly(path: path)
      case .SQLITE_BUSY, .SQLITE_LOCKED: .busy(path: path)
      case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: .unreadable(path: path, reason: reason)
      default: .refused(path: path, reason: reason)
      }
  }
}
