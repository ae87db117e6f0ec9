import Foundation
import GRDB
import System

/// A note beside the database of who its admins are, so that whoever comes first to a history begun anew is not taken for
/// the first user.
struct OwnerMark: Codable, Equatable {
  struct Admin: Codable, Equatable {
    let kind: String
    let id: Int64
    let name: String
  }

  /// The hash of the audit's first row, which no two histories share.
  let beginning: String
  let admins: [Admin]

  /// What stands beside a database.
  enum Reading {
    case absent
    case mark(OwnerMark)
    /// There was an owner; who it was cannot be told.
    case unreadable
  }

  static func path(for database: String) -> String { database + "-owner" }

  static func read(beside database: String) -> Reading {
    let path = path(for: database)
    guard PathPresence(path) != .absent else { return .absent }
    guard let bytes = try? FileTree.read(path, atMost: 1 << 20),
      let mark = try? JSONDecoder().decode(OwnerMark.self, from: Data(bytes))
    else { return .unreadable }
    return .mark(mark)
  }

  /// Of a database as it is; nil for one without an audit.
  init?(_ database: Database) throws {
    guard let beginning = try String.fetchOne(database, sql: "SELECT hash FROM audit ORDER BY position LIMIT 1") else {
      return nil
    }
    self.beginning = beginning
    admins = try Grant.all(database).filter { !$0.isDenied && $0.what == .role(.admin) }.map(\.subject).map {
      Admin(kind: $0.kind, id: $0.id, name: $0.description)
    }
  }

  func write(beside database: String) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // In a folder that cannot be written, its owner decides, as before there was a mark.
    guard let data = try? encoder.encode(self) else { return }
    try? AtomicFile.saveOwn(Array(data), to: OwnerMark.path(for: database), permissionsOf: database)
  }
}

/// Who may take up a history that had an owner and has no admin.
struct FormerOwners {
  private let admins: [OwnerMark.Admin]
  private let folderOwner: Int64?

  /// Nil where nobody ever owned the history at `path`: neither its audit nor a mark says so.
  init?(of path: String, _ database: Database) throws {
    let reading = OwnerMark.read(beside: path)
    let isAudited = try Bool.fetchOne(
      database,
      sql: """
        SELECT EXISTS (SELECT 1 FROM audit WHERE action = 'grant')
          OR EXISTS (SELECT 1 FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit)
        """)
    switch reading {
    case .absent where isAudited != true: return nil
    case .absent, .unreadable: admins = []
    case .mark(let mark): admins = mark.admins
    }
    folderOwner = Person.owner(ofFolderOf: path)
  }

  /// Former admins, and those who could take the mark away anyway.
  func include(_ person: Person) -> Bool {
    person.userID == 0 || person.userID == folderOwner
      || admins.contains { admin in
        switch admin.kind {
        case "user": admin.id == person.userID
        case "group": person.groupIDs.contains(admin.id)
        default: false
        }
      }
  }

  /// As `ada` and `@staff`; the folder's owner where the admins are not known.
  var names: [String] {
    let names = admins.map(\.name)
    guard names.isEmpty else { return names }
    return [folderOwner.flatMap { Person(userID: $0)?.name } ?? "root"]
  }
}
