import Foundation
import GRDB
import System

/// The database of runs, roles and audit: SQLite in WAL mode, which any number of limn processes use at once.
package final class HistoryStore: Sendable {
  package enum Mode: Sendable {
    /// Makes the file and brings it to the present form where need be.
    case readWrite
    /// Leaves everything as it is; the file must be there.
    case readOnly
  }

  package let path: String
  let mode: Mode
  private let pool: DatabasePool

  /// Everything that lies on the disk for the history at `path`, there or not: SQLite's files, and the mark of its owner.
  package static func files(of path: String) -> [String] {
    let database = SymbolicLink.end(of: path)
    return [path, OwnerMark.path(for: path)] + ["", "-wal", "-shm", "-journal"].map { database + $0 }
  }

  /// Opens the history at `path`. A file that is damaged or newer than this program is left untouched.
  ///
  /// - Parameter patience: Seconds that a write waits for other processes before it gives up.
  package init(path: String, mode: Mode = .readWrite, patience: Double = 30) throws(HistoryError) {
    self.path = path
    self.mode = mode
    try HistoryStore.checkKind(of: path)
    if mode == .readWrite {
      try HistoryStore.makeFolder(of: path)
    } else if !FileManager.default.fileExists(atPath: path) {
      throw .unreadable(path: path, reason: "there is no such file; nothing was painted yet")
    }
    do {
      // While one process makes the file, the others wait: changing to WAL mode knows no patience.
      pool = try FolderLock.holding(folder: HistoryStore.folder(of: path), patience: patience) {
        if mode == .readWrite {
          FileMode.create(path)
          try HistoryStore.checkForm(path, patience: patience)
        }
        let pool = try DatabasePool(path: path, configuration: HistoryStore.configuration(mode, patience: patience))
        try HistoryStore.bringUpToDate(pool, path: path, mode: mode)
        return pool
      }
    } catch {
      throw HistoryError(error, path: path)
    }
  }

  /// Reads from one unchanging state of the database.
  package func read<Result>(_ body: (Database) throws -> Result) throws(HistoryError) -> Result {
    do { return try pool.read(body) } catch { throw HistoryError(error, path: path) }
  }

  /// Writes in one transaction; all of it is kept, or nothing.
  package func write<Result>(_ body: (Database) throws -> Result) throws(HistoryError) -> Result {
    do { return try pool.write(body) } catch { throw HistoryError(error, path: path) }
  }

  /// Changes that stand outside of transactions.
  func writeWithoutTransaction(_ body: (Database) throws -> Void) throws(HistoryError) {
    do { try pool.writeWithoutTransaction(body) } catch { throw HistoryError(error, path: path) }
  }

  private static func configuration(_ mode: Mode, patience: Double) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = mode == .readOnly
    configuration.busyMode = .timeout(patience)
    configuration.maximumReaderCount = 2
    configuration.qos = .userInitiated
    configuration.prepareDatabase { database in
      guard !database.configuration.readonly else { return }
      // A crash of limn loses nothing; a power cut may lose the last transactions, never the database (sqlite.org/wal.html).
      try database.execute(sql: "PRAGMA synchronous = NORMAL")
    }
    return configuration
  }

  private static func bringUpToDate(_ pool: DatabasePool, path: String, mode: Mode) throws {
    let (isCurrent, isNewer) = try pool.read { database in
      (
        try Migrations.migrator.hasCompletedMigrations(database),
        try Migrations.migrator.hasBeenSuperseded(database)
      )
    }
    if isNewer { throw HistoryError.newer(path: path) }
    if isCurrent { return }
    guard mode == .readWrite else {
      throw HistoryError.unreadable(
        path: path, reason: "it was written by an older limn, and this user may not bring it up to date")
    }
    try Migrations.migrator.migrate(pool)
  }

  /// Opening for writing changes a database, so another program's and a newer limn's must be told before.
  ///
  /// SQLite itself must look: opening and closing the file would drop the locks of this process's other connections, and
  /// the database would be damaged (sqlite.org/howtocorrupt.html, 2.2).
  private static func checkForm(_ path: String, patience: Double) throws {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(patience)
    let (isForeign, isNewer) = try DatabaseQueue(path: path, configuration: configuration).read { database in
      (
        try Bool.fetchOne(
          database,
          sql: "SELECT count(*) > 0 AND sum(name = 'grdb_migrations') = 0 FROM sqlite_master WHERE type = 'table'"),
        try Migrations.migrator.hasBeenSuperseded(database)
      )
    }
    if isForeign == true { throw HistoryError.damaged(path: path, reason: "it is another program's database") }
    if isNewer { throw HistoryError.newer(path: path) }
  }

  /// Opening a pipe would wait for its other end.
  private static func checkKind(of path: String) throws(HistoryError) {
    for file in files(of: path) {
      var status = stat()
      guard unsafe stat(file, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { continue }
      throw .unreadable(path: path, reason: "\(file == path ? "it" : file) is a folder, a pipe or a device, not a file")
    }
  }

  private static func folder(of path: String) -> String {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    return folder.isEmpty ? "/" : folder
  }

  private static func makeFolder(of path: String) throws(HistoryError) {
    let folder = folder(of: path)
    var isFolder: ObjCBool = false
    if unsafe FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) {
      guard isFolder.boolValue else { throw .folder(path: folder, reason: "it is a file") }
      return
    }
    do {
      // What people ask for is nobody else's business.
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .folder(path: folder, reason: "it cannot be made")
    }
  }
}
