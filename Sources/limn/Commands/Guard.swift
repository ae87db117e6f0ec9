import ArgumentParser
import Foundation
import Guardrail

/// `limn guard`: what the guardrail thinks of prompts.
struct Guard: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "guard", abstract: "Ask the guardrail about prompts.", subcommands: [Check.self])

  /// `limn guard check`: a verdict a prompt, as JSON.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the verdict on a prompt as a JSON object; exit status 3 when it would be refused.")

    @Argument(help: "The prompt; '-' reads a prompt a line from standard input and prints a line each.")
    var prompt: [String]

    func run() throws {
      let guardrail = try Installation.guardrail(Installation.catalog)
      var isRefused = false
      func report(_ text: String) {
        let verdict = guardrail.check(text)
        if verdict.decision == .block { isRefused = true }
        print(verdict.json)
      }
      if prompt == ["-"] {
        while let line = readLine() { report(line) }
      } else {
        report(prompt.joined(separator: " "))
      }
      if isRefused { Foundation.exit(ExitStatus.refused.rawValue) }
    }
  }
}
