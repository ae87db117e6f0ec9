import ArgumentParser
import Engine
import Foundation
import Health
import Reports
import System
import Terminal

/// `limn doctor`: whether this installation is well.
struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look at libraries, processor, memory, disks, models and history, and say what to do about them.",
    discussion: "Exit status: 0 when everything works, 70 when something is wrong; notes are not wrong.")

  @Flag(help: "Read large databases through, and work out the hashes of large models: minutes, perhaps.")
  var thorough = false

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() async throws {
    let models = ModelCheck(Installation.current.catalog, isThorough: thorough)
    let findings =
      LibraryCheck.findings + ProcessorCheck.findings + RoomCheck.memory(needed: models.bytesNeeded) + RoomCheck.disks
      + models.findings + PolicyCheck.findings + HistoryCheck.findings(isThorough: thorough) + [TerminalCheck.finding]
      + (await ServerCheck.findings(Installation.current))
    if json {
      print(try Diagnosis(findings).json)
    } else {
      print(Doctor.lines(findings, width: Console.size.columns).joined(separator: "\n"))
    }
    guard findings.allSatisfy({ $0.state != .wrong }) else { throw ExitCode(ExitStatus.fault.rawValue) }
  }

  /// A line for each finding, its advice below it.
  private static func lines(_ findings: [Finding], width: Int) -> [String] {
    let ink = Ink(hasColours: Console.resultHasColours)
    let nameWidth = findings.map { TerminalText.width($0.name) }.max() ?? 0
    var lines: [String] = []
    for (index, finding) in findings.enumerated() {
      if index == 0 || findings[index - 1].section != finding.section {
        lines += (index == 0 ? [] : [""]) + [ink.heading(finding.section.capitalized)]
      }
      let mark =
        switch finding.state {
        case .ok: ink.painted("ok   ")
        case .note: ink.refused("note ")
        case .wrong: ink.failed("WRONG")
        }
      let name = TerminalText.padded(finding.name.harmlessLine, to: nameWidth)
      let indent = String(repeating: " ", count: 2 + 5 + 1 + nameWidth + 2)
      let room = max(30, width - indent.count)
      let found = TerminalText.wrapped(finding.found.harmlessLine, to: room)
      lines.append("  \(mark) \(name)  \(found.first ?? "")")
      lines += found.dropFirst().map { indent + $0 }
      let advice = finding.advice.map { TerminalText.wrapped($0.harmlessLine, to: room) } ?? []
      lines += advice.map { indent + (finding.state == .ok ? ink.faint($0) : $0) }
    }
    let wrong = findings.count { $0.state == .wrong }
    let notes = findings.count { $0.state == .note }
    let verdict = wrong > 0 ? "\(wrong) wrong" : "Everything works"
    return lines + ["", verdict + (notes > 0 ? ", \(notes) note\(notes == 1 ? "" : "s")." : ".")]
  }
}

/// What `--json` prints.
private struct Diagnosis: Encodable {
  let version: String
  let isWell: Bool
  let findings: [Finding]

  init(_ findings: [Finding]) {
    version = Version.number
    isWell = findings.allSatisfy { $0.state != .wrong }
    self.findings = findings
  }
}
