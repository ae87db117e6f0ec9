import Engine
import History

/// Who asks, and what they may do.
struct Caller: Sendable {
  let access: Access
  /// What they showed; nil for the one who started the server, and for peers on its socket.
  let token: Token?
  let store: HistoryStore

  var person: Person { access.person }

  /// - Throws: ``Forbidden``, which goes into the audit.
  func require(_ permission: Permission) throws { try store.require(permission, access) }

  func allows(_ permission: Permission) -> Bool { access.allows(permission) }
}
