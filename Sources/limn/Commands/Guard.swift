import ArgumentParser
import Engine
import Foundation
import Guardrail
import History
import Images
import Options
import System
import Terminal

/// `limn guard`: what the guardrail thinks of prompts, and how it learns.
struct Guard: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "guard", abstract: "Ask the guardrail about prompts, or train it.",
    subcommands: [Check.self, Explain.self, PolicyCommand.self, Train.self, Evaluate.self])

  /// `limn guard check`: a verdict a prompt, as JSON.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the verdict on a prompt as a JSON object; exit status 3 when it would be refused.")

    @Argument(help: "The prompt; '-' reads a prompt a line from standard input and prints a line each.")
    var prompt: [String]

    @Option(help: "Judge as for this role; without it, as for everybody.")
    var role: Role?

    func run() throws {
      let guardrail = try Installation.current.guardrail(role: role)
      var isRefused = false
      func report(_ texts: [String]) throws {
        var lines = ""
        for text in texts {
          let verdict = guardrail.check(text)
          if verdict.decision == .block { isRefused = true }
          lines += verdict.json + "\n"
        }
        try Console.longResult(lines)
      }
      if prompt == ["-"] {
        try StandardInput.forEachLines(report)
      } else {
        try report([prompt.joined(separator: " ")])
      }
      if isRefused { throw ExitCode(ExitStatus.refused.rawValue) }
    }
  }

  /// `limn guard explain`: the same for a person.
  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say how a prompt is read and what speaks against it; exit status 3 when it would be refused.")

    @Argument(help: "The prompt; '-' reads it from standard input.")
    var prompt: [String]

    @Option(help: "Judge as for this role; without it, as for everybody.")
    var role: Role?

    func run() throws {
      let guardrail = try Installation.current.guardrail(role: role)
      let text = try prompt == ["-"] ? StandardInput.readText() : prompt.joined(separator: " ")
      let verdict = guardrail.check(text)
      var lines = [
        "decision  \(verdict.decision.rawValue), score \(verdict.score.formatted(.number.precision(.fractionLength(3))))",
        "read as   \(guardrail.normalised(text).plain)",
      ]
      let scores = Category.allCases.filter { verdict.categories[$0] >= 0.05 }
        .map { "\($0.rawValue) \(verdict.categories[$0].formatted(.number.precision(.fractionLength(2))))" }
      if !scores.isEmpty { lines.append("scores    \(scores.joined(separator: ", "))") }
      lines += verdict.reasons.map { "reason    \($0.description)" }
      var isRefused = false
      do {
        _ = try guardrail.approve(prompt: text)
      } catch {
        lines.append("answer    \(error.description)")
        isRefused = true
      }
      try Console.longResult(lines.map { $0.harmless + "\n" }.joined())
      if isRefused { throw ExitCode(ExitStatus.refused.rawValue) }
    }
  }

  /// `limn guard train`: the classifier from labelled texts.
  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Train the classifier on labelled texts (see docs/guardrail.md), or add your own labels to it.")

    @Argument(help: "A folder of .jsonl files with labelled texts.")
    var texts: String?

    @Option(help: "A .jsonl file of your own labels, to teach the present classifier.")
    var add: String?

    @Flag(help: "Teach it what `limn history flag RUN --wrong` has said of runs.")
    var flagged = false

    @Option(help: ArgumentHelp("A file of words that exist, one a line; may be repeated.", valueName: "file"))
    var words: [String] = []

    @Option(
      help: ArgumentHelp(
        "A file of words of another language, one a line; may be repeated. They are not read as English ones.",
        valueName: "file"))
    var foreignWords: [String] = []

    @Option(
      help: ArgumentHelp("Also write what the second judge learns from (see docs/guardrail.md).", valueName: "file"))
    var lessons: String?

    @Option(name: .shortAndLong, help: "Where to write the classifier; '-' for standard output.")
    var output: String

    func run() throws {
      let isTaught = add != nil || flagged
      guard (texts == nil) == isTaught else {
        throw UserError.request(
          "Name either a folder of labelled texts, or what to teach the present classifier: a file by --add, or --flagged."
        )
      }
      guard words.isEmpty && foreignWords.isEmpty || !isTaught else {
        throw UserError.request(
          "--words and --foreign-words are for training from a folder; otherwise the words that are known stay.")
      }
      guard lessons == nil || !isTaught else { throw UserError.request("--lessons is for training from a folder.") }
      guard output != "-" || !Console.resultsAreWatched else {
        throw UserError.request("A classifier on the terminal helps nobody: redirect standard output.")
      }
      let folder = try Installation.current.guardrailFolder()
      let classifier: [UInt8]
      if isTaught {
        var lessons = try add.map { try LabelledText.read(path: $0) } ?? []
        if flagged { lessons += try WrongVerdict.labels(in: OpenHistory(requiring: .seeOwnHistory)) }
        guard !lessons.isEmpty else { throw UserError.request("No run is flagged as judged wrongly.") }
        classifier = try Adaptation.run(folder: folder, adding: lessons, progress: Console.note)
      } else {
        let examples = try Guardrail.text(of: "\(folder)/training/examples.txt", as: "the invented examples")
        let lessons = try LabelledText.read(path: texts ?? "") + ExampleGrammar(contents: examples).texts
        let rules = try RuleSet(files: Guardrail.ruleFiles(in: "\(folder)/rules"))
        func dictionary(_ files: [String]) throws -> [String] {
          try files.flatMap { try Guardrail.text(of: $0, as: "the words").split(separator: "\n").map(String.init) }
        }
        classifier = try Training(
          texts: lessons, dictionary: dictionary(words), foreignDictionary: dictionary(foreignWords), rules: rules,
          progress: Console.note
        ).run(
          lessons: self.lessons.map { path in { _ = try AtomicFile.save(Array($0.utf8), to: path, ifTaken: .replace) } }
        )
      }
      if output == "-" { return try StandardOutput.write(classifier) }
      print(try AtomicFile.save(classifier, to: output, ifTaken: .replace))
    }
  }

  /// `limn guard evaluate`: figures per source on the development split.
  struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Print what the guardrail finds, source by source, of labelled texts marked `dev`, and what disguised words change."
    )

    @Argument(help: "A folder of .jsonl files with labelled texts.")
    var texts: String

    func run() throws {
      let guardrail = try Installation.current.guardrail()
      let texts = try LabelledText.read(path: texts).filter(\.isDevelopment)
      print(SourceReport(texts: texts, scores: texts.map { guardrail.check($0.text).score }))
      print(DisguiseReport(texts: texts, guardrail: guardrail))
    }
  }
}
