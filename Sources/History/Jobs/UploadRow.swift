import Foundation
import GRDB

/// A picture that somebody handed to a server, which has made a file of its own of it: a row of `uploads`.
package struct UploadRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "uploads"
  package static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.custom { SnakeCase.property($0) }
  package static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.custom { SnakeCase.column($0) }

  package let id: String
  package let userID: Int64
  package let userName: String
  package let width: Int
  package let height: Int
  package let bytes: Int
  /// Milliseconds since 1970.
  package let createdAt: Int64

  package init(id: String, person: Person, width: Int, height: Int, bytes: Int) {
    self.id = id
    userID = person.userID
    userName = person.name
    self.width = width
    self.height = height
    self.bytes = bytes
    createdAt = Date().milliseconds
  }
}

extension HistoryStore {
  package func add(_ upload: UploadRow) throws(HistoryError) { try write { try upload.insert($0) } }

  /// An upload, for whoever handed it over; nil for everybody else.
  package func upload(id: String, of person: Person) throws(HistoryError) -> UploadRow? {
    try read {
      try UploadRow.fetchOne(
        $0, sql: "SELECT * FROM uploads WHERE id = ? AND user_id = ? AND user_name = ?",
        arguments: [id, person.userID, person.name])
    }
  }

  /// What a person's uploads take, in bytes.
  package func uploadedBytes(of person: Person) throws(HistoryError) -> Int {
    try read {
      try Int.fetchOne(
        $0, sql: "SELECT sum(bytes) FROM uploads WHERE user_id = ? AND user_name = ?",
        arguments: [person.userID, person.name]) ?? 0
    }
  }
}
