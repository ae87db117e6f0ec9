import Foundation
import System

/// Runs as text: a JSON object a line, without loss; or CSV for spreadsheets.
package enum RunLines {
  /// One line of JSON; keys are the columns of the table `runs`, sorted; times are ISO 8601 with milliseconds, in UTC.
  package static func json(_ run: Run) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .custom { Name(SnakeCase.column($0[$0.count - 1])) }
    encoder.dateEncodingStrategy = .custom { date, encoder in
      var container = encoder.singleValueContainer()
      try container.encode(date.iso8601)
    }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(run) else { preconditionFailure("RunLines.json: \(run.id) cannot be encoded") }
    return String(decoding: data, as: UTF8.self)
  }

  /// The lines of a file with their numbers from 1, blank ones left out. Only a line feed ends one: prompts may hold what
  /// Unicode counts as line ends too. A mark of byte order and carriage returns are no part of them.
  package static func split(_ text: String) -> [(number: Int, line: String)] {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return lines.enumerated().compactMap { index, bytes in
      var bytes = bytes
      if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
      if index == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
      return bytes.isEmpty ? nil : (index + 1, String(Substring(bytes)))
    }
  }

  /// - Throws: ``HistoryError/notImportable(_:)`` with the line's number.
  package static func run(json line: String, number: Int, name: String) throws(HistoryError) -> Run {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { Name(SnakeCase.property($0[$0.count - 1].stringValue).stringValue) }
    decoder.dateDecodingStrategy = .custom { decoder in
      let text = try decoder.singleValueContainer().decode(String.self)
      return try Date(text, strategy: .iso8601WithMilliseconds).wholeMilliseconds
    }
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let run: Run
    do {
      run = try decoder.decode(Run.self, from: Data(line.utf8))
    } catch {
      throw .notImportable("\(name), line \(number) is no run as `limn history export` writes it: \(reason(error)).")
    }
    if let fault = run.impossibility {
      throw .notImportable("\(name), line \(number) is no run as `limn history export` writes it: \(fault).")
    }
    return run
  }

  /// The names of the columns, for the first line of a CSV file.
  package static let csvHeader = columns.joined(separator: ",")

  /// RFC 4180, with `\n` at the end of lines; times as in ``json(_:)``, texts as ``CSVCell`` writes them.
  package static func csv(_ run: Run) -> String {
    guard let values = try? run.databaseDictionary else {
      preconditionFailure("RunLines.csv: \(run.id) cannot be encoded")
    }
    return columns.map { column in
      guard let value = values[column], !value.isNull else { return "" }
      if column == "seed" { return run.seed.map { "\($0)" } ?? "" }
      if dates.contains(column), let milliseconds = Int64.fromDatabaseValue(value) {
        return Date(milliseconds: milliseconds).iso8601
      }
      return switch value.storage {
      case .int64(let number): "\(number)"
      case .double(let number): "\(number)"
      case .string(let text): CSVCell.text(text)
      case .null, .blob: ""
      }
    }.joined(separator: ",")
  }

  private static let dates: Set = ["started_at", "finished_at", "queued_at"]

  /// In the order of the type's declaration.
  private static let columns: [String] = Mirror(reflecting: Run()).children.compactMap { child in
    child.label.map { SnakeCase.column(Name($0)) }
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "it lacks `\(SnakeCase.column(key))`"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "`\(context.codingPath.last.map { SnakeCase.column($0) } ?? "")` is of the wrong kind"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "`\(context.codingPath.last.map { SnakeCase.column($0) } ?? "")` makes no sense"
    default: "it is no JSON object"
    }
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }

    init?(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
  }
}
