import Engine

/// What `--json` prints where a command fails.
struct FailureRecord: Encodable {
  let event = "error"
  /// The exit status in a word.
  let code: String
  let status: Int32
  let message: String

  init(_ message: String, _ status: ExitStatus) {
    code = "\(status)"
    self.status = status.rawValue
    self.message = message
  }

  /// Whether a program reads the results.
  static var isWanted: Bool {
    let flags = CommandLine.arguments.prefix { $0 != "--" }
    // Standard output is for the picture then.
    let isTaken = zip(flags, flags.dropFirst()).contains { ["-o", "--output"].contains($0) && $1 == "-" }
    return flags.contains("--json") && !isTaken
  }
}
