import Foundation
import History

/// Everybody who was given a role or a token.
struct People {
  struct Entry {
    let name: String
    let role: String?
    let grantedBy: String
    let lastSeen: Date?
    /// Nil for groups and everyone.
    let person: Person?
  }

  /// By name.
  let all: [Entry]

  init(_ store: HistoryStore) throws {
    let tokens = try store.tokens().filter { $0.isValid() }
    func lastSeen(_ userID: Int64, _ name: String) -> Date? {
      tokens.filter { $0.userID == userID && $0.userName == name }.compactMap(\.lastUsedAt).max().map(
        Date.init(milliseconds:))
    }
    var found: [String: Entry] = [:]
    for grant in try store.grants() where !grant.isDenied {
      guard case .role(let role) = grant.what else { continue }
      var person: Person?
      if case .user(let id, let name) = grant.subject { person = Person(userID: id, name: name, groupIDs: []) }
      let name = "\(grant.subject)"
      found[name] = Entry(
        name: name, role: role.rawValue, grantedBy: grant.grantedBy,
        lastSeen: person.flatMap { lastSeen($0.userID, $0.name) }, person: person)
    }
    for token in tokens where token.userID == Token.webUser {
      found[token.userName] = Entry(
        name: token.userName, role: token.role, grantedBy: token.createdBy,
        lastSeen: lastSeen(token.userID, token.userName),
        person: Person(userID: token.userID, name: token.userName, groupIDs: []))
    }
    all = found.values.sorted { $0.name < $1.name }
  }
}
