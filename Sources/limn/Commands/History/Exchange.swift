import ArgumentParser
import Engine
import Foundation
import History
import Images
import Options
import System
import Terminal

extension HistoryCommand {
  /// `limn history export`
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write runs as JSON lines, without loss, for `limn history import` on another machine; or as CSV.")

    @OptionGroup(title: "Which") var filter: FilterOptions

    @Flag(help: "Comma-separated values with a line of names.")
    var csv = false

    @Option(name: .shortAndLong, help: "The file to write; '-' for standard output (default).")
    var output = "-"

    func run() throws {
      let history = try OpenHistory(requiring: .export)
      let filter = try filter.filter().narrowed(to: history.access)
      var text = csv ? RunLines.csvHeader + "\n" : ""
      var count = 0
      try history.store.eachRun(filter) { run in
        let shown = run.shown(to: history.access)
        text += (csv ? RunLines.csv(shown) : RunLines.json(shown)) + "\n"
        count += 1
        if output == "-", text.utf8.count > 1 << 20 {
          try StandardOutput.write(Array(text.utf8))
          text = ""
        }
      }
      if output == "-" {
        try StandardOutput.write(Array(text.utf8))
      } else {
        print(try AtomicFile.save(Array(text.utf8), to: output, ifTaken: .replace))
      }
      try history.store.append(AuditEvent(.export, subject: output, detail: "\(count) runs"), by: history.access)
    }
  }

  /// `limn history import`
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take in what `limn history export` wrote elsewhere; nothing comes in twice.")

    @Argument(help: "Files of JSON lines; '-' reads standard input.", completion: .file())
    var files: [String]

    func run() throws {
      let history = try OpenHistory(requiring: .import)
      for file in files {
        let name = file == "-" ? "standard input" : file
        guard let text = String(validating: try contents(of: file), as: UTF8.self) else {
          throw UserError.input("\(name) is no UTF-8 text; import reads what `limn history export` writes.")
        }
        var lines = RunLines.split(text).makeIterator()
        let result = try history.store.importRuns(by: history.access, from: name) { () throws(HistoryError) in
          guard let (number, line) = lines.next() else { return nil }
          return try RunLines.run(json: line, number: number, name: name)
        }
        print("\(name): \(result.added) added, \(result.completed) completed, \(result.known) known already")
      }
    }

    private func contents(of file: String) throws -> Data {
      if file == "-" { return Data(try StandardInput.read(atMost: 1 << 30, for: "runs")) }
      guard let contents = FileManager.default.contents(atPath: file) else {
        throw UserError.input("\(file) cannot be read: there is no such file, or it is a folder or another's.")
      }
      return contents
    }
  }

  /// `limn history prune`
  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forget old runs. Their pictures stay where they are, and the audit keeps how many were forgotten.")

    @Option(help: "Runs begun so long ago, or before such a day: 90d, 1y, 2026-01-31.")
    var older: String

    @Flag(help: "Keep what the guardrail refused.")
    var keepBlocked = false

    @Flag(help: "Only say how many it would be.")
    var dryRun = false

    func run() throws {
      let history = try OpenHistory(requiring: .prune)
      var filter = RunFilter()
      filter.until = try Moment.parse(older)
      guard !dryRun else {
        print("\(try history.store.countPruned(filter, keepBlocked: keepBlocked)) runs would be forgotten")
        return
      }
      let count = try history.store.prune(filter, keepBlocked: keepBlocked, by: history.access)
      print("\(count) runs forgotten")
      // Without room for a copy, or while others write, the file stays as large as it is.
      if count > 0 { try? history.store.compact() }
    }
  }

  /// `limn history verify`
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check that nobody changed the audit of roles, policy and refusals; exit status 1 where somebody did.",
      discussion: """
        The roles must be those that the audit tells of, and refused runs those that it saw refused. A history that was \
        begun anew is said to be.

        Prints the last row's place and hash. Keep that elsewhere: with --expect a later check finds out whether the end \
        was cut off or all was written anew, which the file alone cannot tell.
        """)

    @Option(help: "POSITION:HASH, as an earlier check printed it.")
    var expect: String?

    @Flag(help: "Print every row, a JSON object a line.")
    var json = false

    func run() throws {
      let expected = try expect.map { text in
        guard let head = Audit.Head(text) else {
          throw HistoryError.request("--expect \(text) is not POSITION:HASH, as an earlier check printed it.")
        }
        return head
      }
      let history = try OpenHistory(requiring: .seeOwnHistory)
      let check = try history.store.checkAudit(expecting: expected)
      if json {
        for entry in try history.store.audit() { print(try entry.json) }
      } else {
        for fault in check.faults { print(fault) }
        for entry in check.takenUp {
          print("begun anew, \(Date(milliseconds: entry.at).iso8601), by \(entry.userName)")
        }
        print("\(check.faults.isEmpty ? "whole" : "changed")  \(check.head?.description ?? "0:")")
      }
      if !check.faults.isEmpty { throw ExitCode(1) }
    }
  }
}
