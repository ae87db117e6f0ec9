import Foundation
import GRDB

/// Which runs are asked for; what is nil or empty does not matter.
package struct RunFilter: Sendable {
  /// Words that stand in prompt, negative prompt, style or model: all of them; `"two words"` together, `fox*` as a beginning.
  package var text: String?
  package var since: Date?
  package var until: Date?
  package var style: String?
  /// By name, or by the first digits of its hash.
  package var model: String?
  package var user: String?
  package var outcomes: Set<Outcome> = []
  /// Refused, let pass with a warning, or flagged `unsafe`.
  package var isUnsafe = false
  package var flag: String?
  package var minimumRating: Int?
  package var batchID: String?
  /// Only runs of this person.
  package var owner: Person?
  /// Runs that carry any flag.
  package var isFlagged = false
  /// Runs that do not carry this flag.
  package var withoutFlag: String?
  /// Runs that are older than this one, in the order in which they are listed.
  package var olderThan: Run?
  /// The newest so many.
  package var limit: Int?

  package init() {}

  /// The condition as SQL, without `WHERE`, with its arguments.
  var condition: (sql: String, arguments: StatementArguments) {
    get throws(HistoryError) {
      var parts: [String] = []
      var arguments = StatementArguments()
      func add(_ sql: String, _ values: (any DatabaseValueConvertible)?...) {
        parts.append(sql)
        arguments += StatementArguments(values)
      }
      if let words = try matchExpression {
        add("number IN (SELECT rowid FROM runs_text WHERE runs_text MATCH ?)", words)
      }
      if let since { add("started_at >= ?", since.milliseconds) }
      if let until { add("started_at < ?", until.milliseconds) }
      if let style { add("style = ?", style) }
      if let model { add("(model = ? OR model_hash LIKE ?)", model, RunFilter.isHash(model) ? "\(model)%" : "") }
      if let user { add("user_name = ?", user) }
      if let owner { add("user_id = ? AND user_name = ?", owner.userID, owner.name) }
      if !outcomes.isEmpty {
        parts.append("outcome IN (\(outcomes.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")))")
      }
      if isUnsafe { add("(decision IN ('warn', 'block') OR flags LIKE '% unsafe %')") }
      if let flag { add("flags LIKE ? ESCAPE '\\'", "% \(RunFilter.literal(flag)) %") }
      if isFlagged { parts.append("flags IS NOT NULL") }
      if let withoutFlag {
        add("(flags IS NULL OR flags NOT LIKE ? ESCAPE '\\')", "% \(RunFilter.literal(withoutFlag)) %")
      }
      if let olderThan, text != nil { add("number < ?", olderThan.number) }
      if let olderThan, text == nil {
        add("(started_at, number) < (?, ?)", olderThan.startedAt.milliseconds, olderThan.number)
      }
      if let minimumRating { add("rating >= ?", minimumRating) }
      if let batchID { add("batch_id = ?", batchID) }
      return (parts.isEmpty ? "1" : parts.joined(separator: " AND "), arguments)
    }
  }

  /// What was typed as FTS5 reads it: each word quoted, so that nothing in it is an operator.
  var matchExpression: String? {
    get throws(HistoryError) {
      guard let text else { return nil }
      var terms: [String] = []
      for (index, part) in text.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
        let isQuoted = index % 2 == 1
        for word in isQuoted ? [part] : part.split(whereSeparator: \.isWhitespace)
        where word.contains(where: { $0.isLetter || $0.isNumber }) {
          let isBeginning = !isQuoted && word.hasSuffix("*")
          terms.append("\"\(isBeginning ? word.dropLast() : word)\"" + (isBeginning ? "*" : ""))
        }
      }
      guard !terms.isEmpty else { throw .request("\"\(text)\" has no word to search for.") }
      return terms.joined(separator: " ")
    }
  }

  private static func isHash(_ text: String) -> Bool { text.count >= 4 && text.allSatisfy(\.isHexDigit) }

  private static func literal(_ text: String) -> String {
    text.reduce(into: "") { $0 += "\\%_".contains($1) ? "\\\($1)" : String($1) }
  }
}

extension HistoryStore {
  /// The runs that a filter lets through, newest first: by their start, or, where words are searched, by their number.
  package func runs(_ filter: RunFilter) throws(HistoryError) -> [Run] {
    let (sql, arguments) = try query(filter)
    return try read { try Run.fetchAll($0, sql: sql, arguments: arguments) }
  }

  /// The same one by one, for those that would fill the memory.
  package func eachRun(_ filter: RunFilter, _ body: (Run) throws -> Void) throws {
    let (sql, arguments) = try query(filter)
    var failure: (any Error)?
    try read { database in
      let cursor = try Run.fetchCursor(database, sql: sql, arguments: arguments)
      while failure == nil, let run = try cursor.next() {
        do { try body(run) } catch { failure = error }
      }
    }
    if let failure { throw failure }
  }

  /// How many runs a filter lets through.
  package func count(_ filter: RunFilter) throws(HistoryError) -> Int {
    let (sql, arguments) = try filter.condition
    return try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM runs WHERE \(sql)", arguments: arguments) ?? 0 }
  }

  private func query(_ filter: RunFilter) throws(HistoryError) -> (String, StatementArguments) {
    let (condition, arguments) = try filter.condition
    let order = filter.text == nil ? "started_at DESC, number DESC" : "number DESC"
    let limit = filter.limit.map { " LIMIT \($0)" } ?? ""
    return ("SELECT * FROM runs WHERE \(condition) ORDER BY \(order)\(limit)", arguments)
  }
}
