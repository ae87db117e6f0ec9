import Foundation
import GRDB

/// One picture that somebody asked for: painted, refused, failed, interrupted or still being painted.
///
/// A row of the table `runs`; columns are the properties in snake case, times are milliseconds since 1970.
/// What is nil was not known or does not apply: a refused prompt has no output, a failed one perhaps no model.
package struct Run: Sendable, Equatable, Codable, Identifiable {
  /// Its short name on this machine, given by ``HistoryStore/begin(_:)``; others are given elsewhere.
  package var number: Int64?
  /// Its name everywhere: see ``RunIdentifier``.
  package var id = RunIdentifier.fresh()
  /// Shared by the pictures of one command (`--count`); nil where there is one.
  package var orderID: String?

  // Who, where and when.
  package var startedAt = Date().wholeMilliseconds
  package var finishedAt: Date?
  package var userID: Int64 = 0
  package var userName = ""
  /// `admin`, `creator`, `viewer`.
  package var role = ""
  package var hostName = ""
  package var processID: Int64?
  /// Where and when that process began: see ``ProcessMark``.
  package var processMark: String?
  package var version = ""

  // What was asked.
  /// What the model was given, the style applied.
  package var prompt = ""
  /// As typed, where a style changed it.
  package var typedPrompt: String?
  /// As the model was given it.
  package var negative = ""
  /// As typed, where a style changed it.
  package var typedNegative: String?
  package var style: String?
  package var aspect: String?
  /// Of the picture as written, in pixels.
  package var width: Int?
  package var height: Int?
  package var model: String?
  package var modelPath: String?
  /// The first ten digits of the checkpoint's SHA-256.
  package var modelHash: String?
  package var sampler: String?
  package var schedule: String?
  package var spacing: String?
  package var steps: Int?
  package var guidance: Double?
  package var seed: Seed?
  /// Counts as diffusers' `clip_skip`: 0 leaves nothing out.
  package var clipSkip: Int?
  package var rng: String?
  package var promptSyntax: String?
  package var strength: Double?
  /// What else decides the picture: long flags with their values, `deep-cache=2 guidance-end=0.5`; nil where nothing does.
  package var settings: String?
  package var referencePath: String?
  /// SHA-256 of the reference's file, 64 digits.
  package var referenceHash: String?
  /// SHA-256 of other files that it was given, a JSON object of lists by the names of settings; nil where there were none.
  package var inputHashes: String?

  // What became of it.
  package var outcome = Outcome.running
  package var exitStatus: Int?
  /// Why it failed, a sentence.
  package var error: String?
  /// `allow`, `warn` or `block`; nil where the guardrail was not asked or is switched off.
  package var decision: String?
  /// The guardrail's category that decided, for refusals and warnings.
  package var category: String?
  /// The guardrail's highest score, 0...1.
  package var score: Double?
  /// The whole verdict with its reasons, as the guardrail writes it in JSON.
  package var verdict: String?
  /// How likely the picture shows nudity by limn's filter, 0...1; nil where that did not look.
  package var nudity: Double?
  package var outputPath: String?
  package var outputBytes: Int64?
  /// SHA-256 of the PNG file, 64 digits.
  package var outputHash: String?
  /// SHA-256 of the pixels alone (rows of RGB bytes), 64 digits: the same however the file says it was made.
  package var pixelHash: String?
  package var loadSeconds: Double?
  package var encodeSeconds: Double?
  package var sampleSeconds: Double?
  package var decodeSeconds: Double?
  package var writeSeconds: Double?
  /// The largest resident size of the process, in bytes.
  package var peakMemory: Int64?

  // What it belongs to.
  package var batchID: String?
  package var jobKey: String?
  /// When it was put into the queue, for jobs of a batch.
  package var queuedAt: Date?
  /// The `id` of the run that this one paints again.
  package var redoOf: String?

  // What people think of it.
  /// 1...5.
  package var rating: Int?
  /// Words such as `unsafe`, `kept`; sorted, separated by spaces, one space before and after; nil where there are none.
  package var flags: String?

  package init() {}

  /// Seconds from the start to the end; nil while it runs.
  package var totalSeconds: Double? { finishedAt.map { $0.timeIntervalSince(startedAt) } }

  /// `flags`, taken apart.
  package var flagWords: [String] {
    get { (flags ?? "").split(separator: " ").map(String.init) }
    set { flags = newValue.isEmpty ? nil : " \(Set(newValue).sorted().joined(separator: " ")) " }
  }
}

extension Run: FetchableRecord, MutablePersistableRecord {
  package static let databaseTableName = "runs"
  package static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.custom { SnakeCase.property($0) }
  package static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.custom { SnakeCase.column($0) }

  package static func databaseDateDecodingStrategy(for column: String) -> DatabaseDateDecodingStrategy {
    .custom { Int64.fromDatabaseValue($0).map(Date.init(milliseconds:)) }
  }

  package static func databaseDateEncodingStrategy(for column: String) -> DatabaseDateEncodingStrategy {
    .custom(\.milliseconds)
  }

  package mutating func didInsert(_ inserted: InsertionSuccess) { number = inserted.rowID }
}
