import Foundation
import JSON
import Logging
import System

/// What a server writes to standard error: a line for each request and for whatever went wrong.
package struct ServerLog: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel = Logger.Level.info
  private let isJSON: Bool

  private init(isJSON: Bool) {
    self.isJSON = isJSON
    // Without being asked for, a log of requests is only in the way of who sits before the terminal.
    logLevel = isJSON ? .info : .warning
  }

  static func logger(json: Bool) -> Logger {
    Logger(label: "limn") { _ in ServerLog(isJSON: json) }
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let line: String
    if isJSON {
      line = Self.line("\(event.message)", level: event.level.rawValue, all)
    } else {
      let details = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
      line = "limn: \(event.message) \(details)".harmlessLine
    }
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  /// A sentence as a line of JSON, as all lines of the log are where one is.
  ///
  /// - Parameter level: `info`, `warning`, `error` ….
  package static func line(_ sentence: String, level: String) -> String { line(sentence, level: level, [:]) }

  private static func line(_ message: String, level: String, _ metadata: Logger.Metadata) -> String {
    var members: [String: JSONValue] = [
      "time": .string(Date().formatted(.iso8601)), "level": .string(level), "message": .string(message),
    ]
    for (name, value) in metadata { members[name] = Int("\(value)").map(JSONValue.integer) ?? .string("\(value)") }
    return JSONValue.object(members).text
  }
}
