import Foundation
import JSON
import Logging
import System

/// What a server writes to standard error: a line for each request and for whatever went wrong.
struct ServerLog: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info
  private let isJSON: Bool

  private init(isJSON: Bool) {
    self.isJSON = isJSON
    // Without being asked for, a log of requests is only in the way of who sits before the terminal.
    logLevel = isJSON ? .info : .warning
  }

  static func logger(json: Bool) -> Logger {
    Logger(label: "limn") { _ in ServerLog(isJSON: json) }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let line: String
    if isJSON {
      var members: [String: JSONValue] = [
        "time": .string(Date().formatted(.iso8601)), "level": .string(event.level.rawValue),
        "message": .string("\(event.message)"),
      ]
      for (name, value) in all {
        members[name] =
          Int("\(value)").map(JSONValue.integer) ?? .string("\(value)")
      }
      line = JSONValue.object(members).text
    } else {
      let details = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
      line = "limn: \(event.message) \(details)".harmlessLine
    }
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
