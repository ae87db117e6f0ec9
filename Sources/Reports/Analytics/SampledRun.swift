import Foundation
import GRDB

/// What is looked at of a painted run beyond counting it.
struct SampledRun {
  let number: Int64
  /// As typed, without the style.
  let prompt: String
  let style: String?
  let rating: Int?
  let isFlagged: Bool
  let isRedone: Bool
  let path: String?
  /// The SHA-256 of the file that was written there.
  let hash: String?
  /// `steps 20`, `sampler euler`, ...
  let settings: [String]
  /// Load, encode, sample, decode, write.
  let stageSeconds: [Double?]

  static let stages = ["load", "encode", "sample", "decode", "write"]

  var isKept: Bool { (rating ?? 0) >= 4 }

  /// The latest painted runs that of a report.
  ///
  /// - Parameter onlyRated: Whether those that nobody rated are passed over.
  static func latest(_ database: Database, _ runs: ReportedRuns, onlyRated: Bool) throws -> [SampledRun] {
    // The first condition of the two lets SQLite use the index `runs_judged`.
    let rated = "(rating IS NOT NULL OR flags IS NOT NULL) AND rating IS NOT NULL"
    let rows = try Row.fetchCursor(
      database,
      sql: runs.select(
        columns, and: "outcome = 'painted'" + (onlyRated ? " AND \(rated)" : ""),
        "ORDER BY started_at DESC LIMIT \(Effectiveness.runLimit)"),
      arguments: runs.arguments)
    return try Array(rows.map(SampledRun.init))
  }

  /// By place, in the order of ``init(_:)``: names are slow to find, row after row.
  private static let columns = """
    number, coalesce(typed_prompt, prompt), style, rating, flags,
    EXISTS (SELECT 1 FROM runs AS later WHERE later.redo_of = runs.id), output_path,
    load_seconds, encode_seconds, sample_seconds, decode_seconds, write_seconds,
    model, sampler, schedule, steps, guidance, width, height, prompt_syntax, negative <> '', reference_hash IS NOT NULL,
    output_hash
    """

  private init(_ row: Row) {
    number = row[0]
    prompt = row[1]
    style = row[2]
    rating = row[3]
    // A picture can also be flagged as kept, which is praise.
    let flags = (row[4] as String? ?? "").split(separator: " ")
    isFlagged = flags.contains { $0 != "kept" }
    isRedone = row[5]
    path = row[6]
    hash = row[22]
    stageSeconds = (7...11).map { row[$0] }
    settings = SampledRun.settings(row)
  }

  private static func settings(_ row: Row) -> [String] {
    func named(_ name: String, _ column: Int) -> String? { (row[column] as String?).map { "\(name) \($0)" } }
    let guidance = (row[16] as Double?).map { "guidance \(Figure.fixed(($0 * 2).rounded() / 2, 1))" }
    let (width, height) = (row[17] as Int?, row[18] as Int?)
    let settings = [
      named("model", 12), named("sampler", 13), named("schedule", 14), (row[15] as Int?).map { "steps \($0)" },
      guidance, width.flatMap { width in height.map { "size \(width)x\($0)" } }, named("syntax", 19),
      row[20] ? "with a negative prompt" : nil, row[21] ? "with a reference" : nil,
    ]
    return settings.compactMap(\.self)
  }
}
