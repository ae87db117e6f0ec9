import GRDB
import System

/// The tables of a ledger, version by version.
enum LedgerSchema {
  /// What SQLite keeps in the file's header as `application_id`: "limn".
  private static let applicationNumber: Int64 = 0x6C69_6D6E

  static var migrations: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 jobs") { database in
      try database.create(table: JobRecord.databaseTableName) { table in
        table.primaryKey("key", .text)
        table.column("state", .text).notNull()
        table.column("path", .text).notNull()
        table.column("bytes", .integer)
        table.column("digest", .text)
        table.column("attempts", .integer).notNull()
        table.column("reason", .text)
        table.column("seconds", .double)
        table.column("line", .integer).notNull()
        table.column("copy", .integer).notNull()
      }
    }
    return migrator
  }

  /// Makes sure, before anything is changed, that the file is a ledger that this limn knows; a new one is marked as such at once, since
  /// the migrator makes a table of its own first and may be killed after that.
  static func claim(_ database: DatabaseQueue, path: String) throws {
    try database.write { database in
      let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0
      guard !isEmpty else {
        try database.execute(sql: "PRAGMA application_id = \(applicationNumber)")
        return
      }
      guard try Int64.fetchOne(database, sql: "PRAGMA application_id") == applicationNumber else {
        throw UserError.input("\(path) is a database of something else, no ledger; name another by --ledger.")
      }
      guard try !migrations.hasBeenSuperseded(database) else {
        throw UserError.input("\(path) was written by a newer limn; go on with that, or name another by --ledger.")
      }
    }
  }
}

extension UserError {
  /// A sentence for what SQLite says.
  init(_ error: any Error, ledger path: String) {
    guard let error = error as? DatabaseError else {
      self = error as? UserError ?? .input("\(path): \(error.localizedDescription)")
      return
    }
    let sentence =
      switch error.resultCode {
      case .SQLITE_BUSY, .SQLITE_LOCKED:
        "is in use: another limn paints this batch. Wait for it, or name another ledger by --ledger."
      case .SQLITE_NOTADB, .SQLITE_CORRUPT:
        "is damaged, or no ledger. Move it away and run the batch again; pictures that lie there are not overwritten."
      case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
        "cannot be opened for writing; the ledger needs a folder that you may write in (--ledger)."
      case .SQLITE_FULL: "cannot grow: no space is left."
      default: "cannot be used: \(error.message ?? "SQLite says \(error.resultCode.rawValue)")."
      }
    self = error.resultCode == .SQLITE_FULL ? .resources("\(path) \(sentence)") : .input("\(path) \(sentence)")
  }
}
