import Foundation
import GRDB

/// Pictures that somebody asked a server for: a row of `jobs`.
package struct JobRow: Sendable, Equatable, Codable, FetchableRecord, MutablePersistableRecord {
  package enum State: String, Sendable, Codable, DatabaseValueConvertible {
    case waiting, painting, done, stopped, refused, failed

    package var isOpen: Bool { self == .waiting || self == .painting }
  }

  package static let databaseTableName = "jobs"
  package static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.custom { SnakeCase.property($0) }
  package static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.custom { SnakeCase.column($0) }

  /// Its place in the order of arrival.
  package var number: Int64?
  package let id: String
  package let userID: Int64
  package let userName: String
  /// The id of the token that it was asked for with.
  package let token: String?
  package var state: State
  /// What was asked for, as JSON.
  package let request: String
  /// The identifiers of the runs that paint its pictures, between commas; a picture that is begun again has a new one.
  package var runs: String
  /// How it ended, as JSON.
  package var answer: String?
  /// Milliseconds since 1970.
  package let createdAt: Int64
  package var finishedAt: Int64?
  /// The process that paints it, or will.
  package internal(set) var processID = ProcessMark.current.processID
  package internal(set) var processMark = ProcessMark.current.text

  package init(id: String, person: Person, token: String?, request: String, runs: [String], createdAt: Date) {
    self.id = id
    userID = person.userID
    userName = person.name
    self.token = token
    state = .waiting
    self.request = request
    self.runs = runs.joined(separator: ",")
    self.createdAt = createdAt.milliseconds
  }

  package mutating func didInsert(_ inserted: InsertionSuccess) { number = inserted.rowID }
}

extension HistoryStore {
  package func add(_ job: inout JobRow) throws(HistoryError) {
    var added = job
    try write { try added.insert($0) }
    job = added
  }

  package func update(_ job: JobRow) throws(HistoryError) { try write { try job.update($0) } }

  /// Takes over the jobs that a process left which is gone; in the order in which they came. Those of one that lives are its
  /// own.
  package func takeOverJobs() throws(HistoryError) -> [JobRow] {
    try write { database in
      let open = try JobRow.fetchAll(
        database, sql: "SELECT * FROM jobs WHERE state IN ('waiting', 'painting') ORDER BY number")
      return try open.filter { ProcessMark.isAlive($0.processID, mark: $0.processMark) == false }.map { row in
        var row = row
        row.processID = ProcessMark.current.processID
        row.processMark = ProcessMark.current.text
        try row.update(database)
        return row
      }
    }
  }

  /// Jobs that have ended, the newest first.
  package func endedJobs(of person: Person, limit: Int) throws(HistoryError) -> [JobRow] {
    try read {
      try JobRow.fetchAll(
        $0,
        sql: """
          SELECT * FROM jobs WHERE user_id = ? AND user_name = ? AND state NOT IN ('waiting', 'painting')
          ORDER BY number DESC LIMIT ?
          """, arguments: [person.userID, person.name, limit])
    }
  }

  package func job(id: String) throws(HistoryError) -> JobRow? {
    try read { try JobRow.fetchOne($0, sql: "SELECT * FROM jobs WHERE id = ?", arguments: [id]) }
  }

  /// Forgets jobs that ended long ago; their pictures stay in the history.
  package func forgetJobs(endedBefore date: Date) throws(HistoryError) {
    try write { try $0.execute(sql: "DELETE FROM jobs WHERE finished_at < ?", arguments: [date.milliseconds]) }
  }

  /// The run of an identifier; nil where there is none.
  package func run(id: String) throws(HistoryError) -> Run? {
    try read { try Run.fetchOne($0, sql: "SELECT * FROM runs WHERE id = ?", arguments: [id]) }
  }

  /// How many people have painted since a moment, and how many pictures.
  ///
  /// - Parameter person: Only theirs; nil for everybody's.
  package func activity(of person: Person?, since date: Date) throws(HistoryError) -> (people: Int, pictures: Int) {
    try read { database in
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT count(DISTINCT user_id || ' ' || user_name) AS people, count(*) AS pictures FROM runs
          WHERE started_at >= ? AND outcome = 'painted' \(person == nil ? "" : "AND user_id = ? AND user_name = ?")
          """,
        arguments: person.map { [date.milliseconds, $0.userID, $0.name] } ?? [date.milliseconds])
      return (row?["people"] ?? 0, row?["pictures"] ?? 0)
    }
  }

  /// What a person has painted since a moment: how many pictures, and seconds of work.
  package func usage(of person: Person, since date: Date) throws(HistoryError) -> (pictures: Int, seconds: Double) {
    try read { database in
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT count(*) AS pictures, coalesce(sum(finished_at - started_at), 0) AS milliseconds FROM runs
          WHERE user_id = ? AND user_name = ? AND started_at >= ? AND outcome = 'painted'
          """, arguments: [person.userID, person.name, date.milliseconds])
      return (row?["pictures"] ?? 0, (row?["milliseconds"] ?? 0.0) / 1000)
    }
  }
}
