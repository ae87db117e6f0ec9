/// One thing that the doctor looked at.
package struct Finding: Encodable, Sendable {
  package enum State: String, Encodable, Sendable {
    case ok
    /// It works, but could be better or is about to fail.
    case note
    /// Something does not work.
    case wrong
  }

  /// What it belongs to: `libraries`, `models`, ...
  package let section: String
  package let name: String
  package let state: State
  package let found: String
  /// What to do, in sentences; nil where there is nothing to do.
  package let advice: String?

  package init(_ section: String, _ name: String, _ found: String, _ state: State = .ok, advice: String? = nil) {
    self.section = section
    self.name = name
    self.state = state
    self.found = found
    self.advice = advice
  }
}
