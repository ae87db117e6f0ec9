import Foundation
import GRDB

/// A role or permission that a user, a group or everyone was given, or that was taken from them: a row of `grants`.
package struct Grant: Sendable, Equatable {
  /// Whom it is about. Numbers decide; names are what they were called when it was written.
  package enum Subject: Sendable, Equatable, CustomStringConvertible {
    case user(id: Int64, name: String)
    case group(id: Int64, name: String)
    case everyone

    /// `ada`, `@staff` or `everyone`, as `limn roles` takes them.
    package var description: String {
      switch self {
      case .user(_, let name): name
      case .group(_, let name): "@\(name)"
      case .everyone: "everyone"
      }
    }

    /// - Throws: ``HistoryError/request(_:)`` where the system knows no such user or group.
    package init(_ text: String) throws(HistoryError) {
      if text == "everyone" {
        self = .everyone
      } else if text.hasPrefix("@") {
        let name = String(text.dropFirst())
        guard let id = UserGroup.identifier(named: name) else {
          throw .request("This system has no group \"\(name)\"; `getent group` lists those it has.")
        }
        self = .group(id: id, name: name)
      } else {
        guard let person = Person(named: text) else {
          throw .request("This system has no user \"\(text)\"; groups are written @name, and everyone is `everyone`.")
        }
        self = .user(id: person.userID, name: person.name)
      }
    }

    var kind: String {
      switch self {
      case .user: "user"
      case .group: "group"
      case .everyone: "everyone"
      }
    }

    var id: Int64 {
      switch self {
      case .user(let id, _), .group(let id, _): id
      case .everyone: 0
      }
    }

    var name: String {
      switch self {
      case .user(_, let name), .group(_, let name): name
      case .everyone: "everyone"
      }
    }

    /// How the audit keeps whom it is about, whatever they are called later.
    var number: String { self == .everyone ? "" : " (\(kind) \(id))" }

    func includes(_ person: Person) -> Bool {
      switch self {
      case .user(let id, _): id == person.userID
      case .group(let id, _): person.groupIDs.contains(id)
      case .everyone: true
      }
    }

    /// What is said of a person comes before what is said of their groups, and that before what is said of everyone.
    var nearness: Int {
      switch self {
      case .user: 0
      case .group: 1
      case .everyone: 2
      }
    }
  }

  /// A role or a single permission.
  package enum What: Sendable, Equatable, CustomStringConvertible {
    case role(Role)
    case permission(Permission)

    package var description: String {
      switch self {
      case .role(let role): role.rawValue
      case .permission(let permission): permission.rawValue
      }
    }

    /// - Throws: ``HistoryError/request(_:)`` where it is neither.
    package init(_ text: String) throws(HistoryError) {
      if let role = Role(rawValue: text) {
        self = .role(role)
      } else if let permission = Permission(rawValue: text) {
        self = .permission(permission)
      } else {
        let roles = Role.allCases.map(\.rawValue).joined(separator: ", ")
        let permissions = Permission.allCases.map(\.rawValue).joined(separator: ", ")
        throw .request("\"\(text)\" is neither a role (\(roles)) nor a permission (\(permissions)).")
      }
    }
  }

  package let subject: Subject
  package let what: What
  /// It was taken away, though a role would give it.
  package let isDenied: Bool
  package let grantedBy: String
  package let grantedAt: Date

  package init(subject: Subject, what: What, isDenied: Bool, grantedBy: String, grantedAt: Date) {
    self.subject = subject
    self.what = what
    self.isDenied = isDenied
    self.grantedBy = grantedBy
    self.grantedAt = grantedAt
  }
}

extension Grant {
  /// Rows that a later limn wrote about permissions unknown here say nothing: nil.
  static func all(_ database: Database) throws -> [Grant] {
    try Row.fetchAll(database, sql: "SELECT * FROM grants ORDER BY kind DESC, subject_name, what").compactMap(
      Grant.init)
  }

  private init?(_ row: Row) {
    guard let what = try? What(row["what"] as String) else { return nil }
    let (id, name): (Int64, String) = (row["subject_id"], row["subject_name"])
    switch row["kind"] as String {
    case "user": subject = .user(id: id, name: name)
    case "group": subject = .group(id: id, name: name)
    default: subject = .everyone
    }
    self.what = what
    isDenied = row["is_denied"]
    grantedBy = row["granted_by"]
    grantedAt = Date(milliseconds: row["granted_at"])
  }
}
