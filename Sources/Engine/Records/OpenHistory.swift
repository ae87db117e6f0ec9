import History
import System

/// The history with what this person may do there.
package struct OpenHistory {
  package let store: HistoryStore
  package let access: Access

  /// - Parameter permission: Asked for at once.
  /// - Throws: ``HistoryError``; ``Forbidden``, which goes into the audit.
  package init(requiring permission: Permission? = nil) throws {
    store = try OpenHistory.store()
    access = try store.access(for: Installation.current.person)
    if let permission { try require(permission) }
  }

  /// Who may not write may still read.
  private static func store() throws -> HistoryStore {
    do {
      let store = try HistoryStore(path: Installation.current.historyPath)
      try store.settleInterrupted()
      return store
    } catch HistoryError.readOnly, HistoryError.unreadable {
      return try HistoryStore(path: Installation.current.historyPath, mode: .readOnly)
    }
  }

  package func require(_ permission: Permission) throws(Forbidden) { try store.require(permission, access) }

  package func run(named name: String) throws -> Run { try store.run(named: name, for: access) }
}
