import Engine
import Foundation
import History
import JSON
import Painting
import System

/// Pictures that somebody asked for, and how far they are.
struct Job: Sendable {
  let id: String
  /// In the order of arrival.
  let number: Int64
  let person: Person
  /// The id of the token that it was asked for with.
  let token: String?
  var wish: JobWish
  let createdAt: Date
  var finishedAt: Date?
  var state: JobRow.State
  /// The identifiers of the runs that paint its pictures, by their places.
  var runs: [String]
  /// Places that were not begun, the first last.
  var toPaint: [Int]
  /// Places in work.
  var inWork: Set<Int> = []
  /// Places that were painted.
  var painted: Set<Int> = []
  /// Of the picture in work.
  var step = 0
  var steps = 0
  var workSeconds: Double?
  /// What one of its pictures takes; nil where that is not known.
  var pictureSeconds: Double?
  var fault: Fault?
  /// How much more than others its person gets.
  var weight = 1.0
  /// What must be in memory for it.
  var model = ""

  var count: Int { wish.settings.count }
  var key: String { "\(person.userID) \(person.name)" }

  /// The identifiers of its pictures, in order.
  var pictures: [String] { painted.sorted().map { runs[$0] } }

  /// The state in which it ends where nobody has stopped it.
  var outcome: JobRow.State {
    guard let fault else { return .done }
    guard fault.code == "refused" else { return .failed }
    // Another seed may well do.
    return painted.isEmpty ? .refused : .done
  }

  init(_ row: JobRow, wish: JobWish, painted: Set<Int> = []) {
    id = row.id
    number = row.number ?? 0
    person = Person(userID: row.userID, name: row.userName, groupIDs: [])
    token = row.token
    self.wish = wish
    createdAt = Date(milliseconds: row.createdAt)
    finishedAt = row.finishedAt.map(Date.init(milliseconds:))
    state = row.state
    runs = row.runs.split(separator: ",").map(String.init)
    self.painted = painted
    toPaint = row.state.isOpen ? (0..<runs.count).filter { !painted.contains($0) }.reversed() : []
    if let answer = row.answer.flatMap({ try? JSONValue(parsing: Array($0.utf8)) }) {
      fault = Fault(stored: answer)
      self.painted = Set((answer["painted"]?.array ?? []).compactMap(\.integer)).filter { $0 < runs.count }
    }
  }

  /// What the table says of it now.
  func row(_ row: JobRow) -> JobRow {
    var row = row
    row.state = state
    row.runs = runs.joined(separator: ",")
    row.finishedAt = finishedAt?.milliseconds
    var answer: [String: JSONValue] = ["painted": .array(painted.sorted().map(JSONValue.integer))]
    if let fault {
      answer["code"] = .string(fault.code)
      answer["message"] = .string(fault.message)
      answer["details"] = .object(fault.details)
    }
    row.answer = JSONValue.object(answer).text
    return row
  }
}

extension Fault {
  fileprivate init?(stored value: JSONValue) {
    guard let code = value["code"]?.string, let message = value["message"]?.string else { return nil }
    self.init(.internalServerError, code, message, details: value["details"]?.object ?? [:])
  }
}
