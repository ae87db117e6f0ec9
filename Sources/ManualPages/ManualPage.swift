import Engine
import Foundation
import System

/// A manual page in man(7)'s language.
package struct ManualPage {
  /// "limn-batch"
  package let name: String
  private let command: CommandHelp
  private let relatives: [String]

  /// The pages of a command and of all below it.
  package static func all(of command: CommandHelp) -> [ManualPage] {
    pages(of: command, path: [], relatives: [])
  }

  private static func pages(of command: CommandHelp, path: [String], relatives: [String]) -> [ManualPage] {
    let path = path + [command.commandName]
    let name = path.joined(separator: "-")
    let below = (command.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
    let page = ManualPage(
      name: name, command: command, relatives: relatives + below.map { "\(name)-\($0.commandName)" })
    return [page] + below.flatMap { pages(of: $0, path: path, relatives: [name]) }
  }

  package var text: String {
    let title = name.replacing("-", with: " ")
    var lines = [
      ".TH \(name.uppercased()) 1 \"\" \"limn \(Version.number)\" \"limn\"", ".SH NAME",
      "\(escaped(name)) \\- \(escaped(command.abstract ?? ""))", ".SH SYNOPSIS", ".B \(escaped(title))", synopsis,
    ]
    if let discussion = command.discussion, !discussion.isEmpty {
      lines += [".SH DESCRIPTION", ".nf", escaped(discussion), ".fi"]
    }
    if !shown.isEmpty { lines.append(".SH OPTIONS") }
    var section: String?
    for argument in shown {
      if let title = argument.sectionTitle, title != section { lines.append(".SS \(escaped(title))") }
      section = argument.sectionTitle
      lines += [".TP", heading(argument), body(argument)]
    }
    lines += entries("ENVIRONMENT", ManualEntry.environment) + entries("FILES", ManualEntry.files)
    lines += entries("EXIT STATUS", ManualEntry.statuses)
    let examples = ManualEntry.examples[name] ?? []
    if !examples.isEmpty { lines += [".SH EXAMPLES", ".nf"] + examples.map(escaped) + [".fi"] }
    if !relatives.isEmpty {
      lines += [".SH SEE ALSO", relatives.map { ".BR \(escaped($0)) (1)" }.joined(separator: "\n")]
    }
    return lines.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
  }

  private func entries(_ title: String, _ entries: [ManualEntry]) -> [String] {
    [".SH \(title)"] + entries.flatMap { [".TP", "\\fB\(escaped($0.name))\\fR", escaped($0.meaning)] }
  }

  private var shown: [CommandHelp.Argument] { (command.arguments ?? []).filter(\.shouldDisplay) }

  private var synopsis: String {
    let places = shown.filter { $0.kind == "positional" }.map { argument in
      let name = escaped(argument.valueName ?? "") + (argument.isRepeating ? "..." : "")
      return argument.isOptional ? "[\\fI\(name)\\fR]" : "\\fI\(name)\\fR"
    }
    return (["[\\fIoptions\\fR]"] + places).joined(separator: " ")
  }

  /// `-o, --output FILE`
  private func heading(_ argument: CommandHelp.Argument) -> String {
    guard argument.kind != "positional" else { return "\\fI\(escaped(argument.valueName ?? ""))\\fR" }
    // Short names first, as people look for them.
    let names = (argument.names ?? []).sorted { $0.flag.count < $1.flag.count }.map { "\\fB\(escaped($0.flag))\\fR" }
    let value = argument.kind == "option" ? " \\fI\(escaped(argument.valueName ?? "value"))\\fR" : ""
    return names.joined(separator: ", ") + value
  }

  private func body(_ argument: CommandHelp.Argument) -> String {
    var sentences = [escaped(argument.abstract ?? "")]
    if let values = argument.allValues, !values.isEmpty {
      sentences.append("One of \(escaped(values.joined(separator: ", "))).")
    }
    if let standard = argument.defaultValue, !standard.isEmpty { sentences.append("Default: \(escaped(standard)).") }
    return sentences.joined(separator: "\n")
  }

  /// A dot or an apostrophe at a line's beginning would be an instruction, a hyphen typographic.
  private func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\e").replacing("-", with: "\\-").split(
      separator: "\n", omittingEmptySubsequences: false
    )
    .map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&\($0)" : String($0) }.joined(separator: "\n")
    .unicodeScalars.map { $0.isASCII ? String($0) : "\\[u\(String(format: "%04X", $0.value))]" }.joined()
  }
}
