import Engine

/// What `--json` prints where a command fails.
package struct FailureRecord: Encodable {
  package let event = "error"
  /// The exit status in a word.
  package let code: String
  package let status: Int32
  package let message: String

  package init(_ message: String, _ status: ExitStatus) {
    code = "\(status)"
    self.status = status.rawValue
    self.message = message
  }

  /// Whether a program reads the results.
  package static var isWanted: Bool {
    let flags = CommandLine.arguments.prefix { $0 != "--" }
    // Standard output is for the picture then.
    let isTaken = zip(flags, flags.dropFirst()).contains { ["-o", "--output"].contains($0) && $1 == "-" }
    return flags.contains("--json") && !isTaken
  }
}
