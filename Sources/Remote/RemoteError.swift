import Engine
import JSON

/// Why a server paints nothing, or nothing more.
package struct RemoteError: Error, StatusBearing, CustomStringConvertible {
  /// A sentence.
  package let description: String
  package let exitStatus: ExitStatus
  /// The server's word for it, such as `refused`; nil where it did not answer.
  let code: String?
  /// Of a refusal: what it is about.
  var category = "other"
  /// Seconds after which to ask again; nil where that changes nothing.
  var retryAfter: Double?
  /// Whether every other request would end so.
  var isGeneral = false

  init(_ description: String, _ exitStatus: ExitStatus, code: String? = nil) {
    (self.description, self.exitStatus, self.code) = (description, exitStatus, code)
  }

  /// The server cannot be reached any more.
  init(unreachable name: String, _ reason: String) {
    self.init("\(name) \(reason).", .unavailable)
    isGeneral = true
  }

  /// What the server says of a job that it did not paint, or a request that it does not take.
  ///
  /// - Parameters:
  ///   - error: `{"code", "message"}`
  ///   - refusal: `{"category"}`; nil where it is none.
  init(told error: JSONValue, refusal: JSONValue?, by name: String) {
    let code = error["code"]?.string ?? ""
    let message = error["message"]?.string ?? "\(name) does not say why."
    let status: ExitStatus =
      switch code {
      case "refused": .refused
      case "sign_in", "forbidden", "too_many_attempts": .forbidden
      case "invalid_picture", "unknown_model", "unusable_model": .unreadable
      case "too_large", "no_space", "quota", "queue_full": .resources
      case "internal", "stopped": .fault
      default: .usage
      }
    self.init(message, status, code: code)
    category = refusal?["category"]?.string ?? category
  }
}
