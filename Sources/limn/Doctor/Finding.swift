/// One thing that the doctor looked at.
struct Finding: Encodable {
  enum State: String, Encodable {
    case ok
    /// It works, but could be better or is about to fail.
    case note
    /// Something does not work.
    case wrong
  }

  /// What it belongs to: `libraries`, `models`, ...
  let section: String
  let name: String
  let state: State
  let found: String
  /// What to do, in sentences; nil where there is nothing to do.
  let advice: String?

  init(_ section: String, _ name: String, _ found: String, _ state: State = .ok, advice: String? = nil) {
    self.section = section
    self.name = name
    self.state = state
    self.found = found
    self.advice = advice
  }
}
