import Foundation
import GRDB
import System

/// Which jobs of a batch are painted, in SQLite: written before and after each picture, so that a batch that was cut
/// short at any instant goes on where it was.
///
/// One process holds a ledger at a time; the system lets go of it whatever way the process ends.
package final class Ledger: Sendable {
  package let path: String
  private let database: DatabaseQueue
  private static let role = "a file of a batch's ledger"

  /// Opens a ledger, or makes one.
  ///
  /// - Throws: ``UserError/input(_:)`` where the file is another process's at the moment, damaged, of a newer limn, or
  ///   no ledger at all.
  package init(path: String) throws(UserError) {
    self.path = path
    try Ledger.protect(path)
    var configuration = Configuration()
    configuration.prepareDatabase { database in
      // A rollback journal works on shared disks, where a write-ahead log does not.
      for pragma in ["locking_mode = EXCLUSIVE", "journal_mode = TRUNCATE", "synchronous = FULL"] {
        try database.execute(sql: "PRAGMA \(pragma)")
      }
    }
    do {
      database = try DatabaseQueue(path: path, configuration: configuration)
      try LedgerSchema.claim(database, path: path)
      try LedgerSchema.migrations.migrate(database)
    } catch {
      throw UserError(error, ledger: path)
    }
  }

  /// Keeps output away from the ledger at `path`, there or not yet.
  ///
  /// - Throws: ``UserError/request(_:)`` where the file is another of limn's.
  static func protect(_ path: String) throws(UserError) {
    for file in [path, path + "-journal"] {
      if let role = ProtectedFiles.role(of: file), role != Ledger.role {
        throw .request("\(path) cannot be a batch's ledger: \(file) is \(role). Choose another name by `ledger`.")
      }
    }
    for suffix in ["", "-journal", "-wal", "-shm"] { ProtectedFiles.protect(path + suffix, as: Ledger.role) }
  }

  /// A ledger that is forgotten with its process.
  package init() throws(UserError) {
    path = "memory"
    do {
      database = try DatabaseQueue()
      try LedgerSchema.migrations.migrate(database)
    } catch {
      throw UserError(error, ledger: path)
    }
  }

  /// Lets go of the file; nothing can be noted afterwards.
  package func close() {
    // Leaving exclusive mode lets SQLite take its journal away.
    try? database.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA locking_mode = NORMAL")
      try database.execute(sql: "PRAGMA journal_mode = DELETE")
    }
    try? database.close()
  }

  private func access<Value>(_ work: (Database) throws -> Value) throws(UserError) -> Value {
    do {
      return try database.write(work)
    } catch {
      throw UserError(error, ledger: path)
    }
  }

  /// All records by key.
  package func records() throws(UserError) -> [String: JobRecord] {
    try access { database in
      try Dictionary(uniqueKeysWithValues: JobRecord.fetchAll(database).map { ($0.key, $0) })
    }
  }

  /// Writes records down, all or none; those of known keys replace them.
  package func save(_ records: [JobRecord]) throws(UserError) {
    try access { database in
      for record in records { try record.save(database) }
    }
  }

  /// Notes that a job begins, before any work on it.
  package func begin(_ key: JobKey) throws(UserError) {
    try access { database in
      try database.execute(
        sql: "UPDATE job SET state = 'painting', attempts = attempts + 1, reason = NULL WHERE key = ?",
        arguments: [key.digits])
    }
  }

  /// Notes that a job's picture lies in its place.
  package func finish(_ key: JobKey, path: String, bytes: Int, digest: String, seconds: Double) throws(UserError) {
    try access { database in
      try database.execute(
        sql: "UPDATE job SET state = 'done', path = ?, bytes = ?, digest = ?, seconds = ?, reason = NULL WHERE key = ?",
        arguments: [path, bytes, digest, seconds, key.digits])
    }
  }

  /// Notes that a job ended without a picture, and why; `planned` where it may as well never have begun.
  package func abandon(_ key: JobKey, as state: JobRecord.State, reason: String? = nil) throws(UserError) {
    try access { database in
      try database.execute(
        sql: "UPDATE job SET state = ?, reason = ? WHERE key = ?", arguments: [state.rawValue, reason, key.digits])
    }
  }

  /// Takes over what another ledger knows: a picture that is done there is done here; other jobs only where they are
  /// unknown here.
  ///
  /// - Returns: How many records are new here or newly done.
  @discardableResult
  package func merge(_ other: Ledger) throws(UserError) -> Int {
    let ours = try records()
    let news = try other.records().values.filter { record in
      guard let known = ours[record.key] else { return true }
      return known.state != .done && record.state == .done
    }
    try save(news.sorted { ($0.line, $0.copy, $0.key) < ($1.line, $1.copy, $1.key) })
    return news.count
  }
}
