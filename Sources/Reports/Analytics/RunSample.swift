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
  /// `steps 20`, `sampler euler`, ...
  let settings: [String]
  /// Load, encode, sample, decode, write.
  let stageSeconds: [Double?]

  static let stages = ["load", "encode", "sample", "decode", "write"]

  var isKept: Bool { (rating ?? 0) >= 4 }

  /// The latest painted runs that a filter lets through.
  ///
  /// - Parameter onlyRated: Whether those that nobody rated are passed over.
  static func latest(_ database: Database, _ filter: RunFilter, onlyRated: Bool) throws -> [SampledRun] {
    let columns = """
      number, coalesce(typed_prompt, prompt) AS prompt, negative <> '' AS has_negative, style, model, sampler, schedule,
      steps, guidance, width, height, prompt_syntax, reference_hash IS NOT NULL AS has_reference, rating, flags,
      EXISTS (SELECT 1 FROM runs AS later WHERE later.redo_of = runs.id) AS is_redone, output_path,
      load_seconds, encode_seconds, sample_seconds, decode_seconds, write_seconds
      """
    // The first condition of the two lets SQLite use the index `runs_judged`.
    let rated = "(rating IS NOT NULL OR flags IS NOT NULL) AND rating IS NOT NULL"
    return try Row.fetchAll(
      database,
      sql: filter.select(
        columns, and: "outcome = 'painted'" + (onlyRated ? " AND \(rated)" : ""),
        "ORDER BY started_at DESC LIMIT \(Effectiveness.runLimit)"),
      arguments: filter.arguments
    ).map(SampledRun.init)
  }

  private init(_ row: Row) {
    number = row["number"]
    prompt = row["prompt"]
    style = row["style"]
    rating = row["rating"]
    // A picture can also be flagged as kept, which is praise.
    let flags = (row["flags"] as String? ?? "").split(separator: " ")
    isFlagged = flags.contains { $0 != "kept" }
    isRedone = row["is_redone"]
    path = row["output_path"]
    settings = SampledRun.settings(row)
    stageSeconds = SampledRun.stages.map { row["\($0)_seconds"] }
  }

  private static func settings(_ row: Row) -> [String] {
    func named(_ name: String, _ column: String) -> String? { (row[column] as String?).map { "\(name) \($0)" } }
    let guidance = (row["guidance"] as Double?).map { "guidance \(Figure.fixed(($0 * 2).rounded() / 2, 1))" }
    let (width, height) = (row["width"] as Int?, row["height"] as Int?)
    let settings = [
      named("model", "model"), named("sampler", "sampler"), named("schedule", "schedule"),
      (row["steps"] as Int?).map { "steps \($0)" }, guidance,
      width.flatMap { width in height.map { "size \(width)x\($0)" } }, named("syntax", "prompt_syntax"),
      row["has_negative"] ? "with a negative prompt" : nil, row["has_reference"] ? "with a reference" : nil,
    ]
    return settings.compactMap(\.self)
  }
}
