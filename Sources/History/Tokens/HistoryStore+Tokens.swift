import Foundation
import GRDB

extension HistoryStore {
  /// Makes a token for a program; the secret is told here and never again.
  ///
  /// - Parameters:
  ///   - name: What it is for.
  ///   - seconds: How long it lasts; nil for ever.
  /// - Throws: ``Forbidden`` for whoever may not grant roles; ``HistoryError``.
  package func createToken(
    _ name: String, for person: Person, role: Role?, lasting seconds: Double?, by access: Access
  ) throws -> (token: Token, secret: String) {
    try require(.grantRoles, access)
    guard (1...100).contains(name.count),
      !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { throw HistoryError.request("A token's name has 1 to 100 characters, none of them a control character.") }
    let made = Token.fresh(
      .token, name: name, for: person, role: role, by: access.person.name, lasting: seconds)
    try write { database in
      try made.token.insert(database)
      let detail = "created, \(role?.rawValue ?? "no role of its own") (\(made.token.id))"
      try Audit.append(
        .init(.token, subject: person.name, detail: detail), by: access.person, role: access.role, database)
    }
    return made
  }

  /// Begins a browser's session, of one who has shown that they may.
  package func beginSession(
    for person: Person, role: Role?, parent: Token?, lasting seconds: Double
  ) throws(HistoryError) -> (token: Token, secret: String) {
    let made = Token.fresh(
      .session, name: "browser", for: person, role: role, by: person.name, lasting: seconds, parent: parent?.id)
    try write { database in
      try database.execute(
        sql: "DELETE FROM tokens WHERE kind = 'session' AND expires_at < ?", arguments: [Date().milliseconds])
      try made.token.insert(database)
    }
    return made
  }

  /// The token of a secret, where it is valid and so is the one that its session was begun with.
  package func token(secret: String, at date: Date = Date()) throws(HistoryError) -> Token? {
    let hash = Token.hash(of: secret)
    return try read { database in
      // Found by a part of the hash, which tells nobody how near a guess was.
      guard let token = try Token.fetchOne(database, key: String(hash.prefix(12))), token.matches(hash),
        token.isValid(at: date)
      else { return nil }
      guard let parent = token.parent else { return token }
      return try Token.fetchOne(database, key: parent)?.isValid(at: date) == true ? token : nil
    }
  }

  /// The token of an id, valid or not.
  package func token(id: String) throws(HistoryError) -> Token? { try read { try Token.fetchOne($0, key: id) } }

  /// Notes that it was used, to the minute.
  package func noteUse(of token: Token, at date: Date = Date()) throws(HistoryError) {
    guard date.milliseconds - (token.lastUsedAt ?? 0) > 60_000 else { return }
    try write {
      try $0.execute(
        sql: "UPDATE tokens SET last_used_at = ? WHERE id IN (?, ?)",
        arguments: [date.milliseconds, token.id, token.parent])
    }
  }

  /// Every token that was made for a program, the newest first.
  package func tokens() throws(HistoryError) -> [Token] {
    try read {
      try Token.fetchAll($0, sql: "SELECT * FROM tokens WHERE kind = 'token' ORDER BY created_at DESC, id")
    }
  }

  /// Ends a token, and the sessions that were begun with it.
  ///
  /// - Parameter name: Its id, or its name where no other has it.
  /// - Throws: ``Forbidden``; ``HistoryError/request(_:)`` where there is none.
  @discardableResult
  package func revokeToken(_ name: String, by access: Access) throws -> Token {
    try require(.grantRoles, access)
    return try write { database in
      let open = try Token.fetchAll(database, sql: "SELECT * FROM tokens WHERE kind = 'token' AND revoked_at IS NULL")
      let found = open.filter { $0.id == name }.first.map { [$0] } ?? open.filter { $0.name == name }
      guard let token = found.first else {
        throw HistoryError.request(
          "There is no token \"\(name)\" that could be revoked; `limn tokens list` shows them.")
      }
      guard found.count == 1 else {
        throw HistoryError.request("More than one token is called \"\(name)\": name it by its id.")
      }
      try database.execute(
        sql: "UPDATE tokens SET revoked_at = ? WHERE id = ? OR parent = ?",
        arguments: [Date().milliseconds, token.id, token.id])
      let event = AuditEvent(.token, subject: token.userName, detail: "revoked (\(token.id))")
      try Audit.append(event, by: access.person, role: access.role, database)
      return token
    }
  }

  /// Ends a session.
  package func endSession(_ token: Token) throws(HistoryError) {
    try write { try $0.execute(sql: "DELETE FROM tokens WHERE id = ? AND kind = 'session'", arguments: [token.id]) }
  }

  /// Gives the tokens of a person who is known here only another role.
  package func setRole(_ role: Role, ofWebUser name: String, by access: Access) throws {
    try require(.grantRoles, access)
    try write { database in
      try database.execute(
        sql: "UPDATE tokens SET role = ? WHERE user_id = ? AND user_name = ? AND revoked_at IS NULL",
        arguments: [role.rawValue, Token.webUser, name])
      guard database.changesCount > 0 else {
        throw HistoryError.request("Nobody called \"\(name)\" has a token; `limn tokens create` makes one.")
      }
      let event = AuditEvent(.token, subject: name, detail: "\(role)")
      try Audit.append(event, by: access.person, role: access.role, database)
    }
  }
}
