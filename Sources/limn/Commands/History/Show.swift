import ArgumentParser
import Engine
import Foundation
import History
import Options
import Painting
import System
import Terminal
import Views

extension HistoryCommand {
  /// `limn history show`
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show everything that is known of a run.")

    @Argument(help: ArgumentHelp("A run's number, `last`, or the beginning of its identifier.", valueName: "run"))
    var name: String

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(
      name: .customLong("pictures"), defaultAsFlag: PreviewWord(argument: "auto"), parsing: .next,
      help: "Draw the picture in the terminal: auto, kitty, iterm, sixel or blocks.")
    var pictures: PreviewWord?

    func run() throws {
      let history = try OpenHistory(requiring: .seeOwnHistory)
      let run = try history.run(named: name).shown(to: history.access).settled
      if json { return print(RunLines.json(run)) }
      for (name, value) in RunDetails(run).lines {
        print(name.padding(toLength: 14, withPad: " ", startingAt: 0) + value.harmless)
      }
      if let pictures {
        let (columns, rows) = Console.size
        try Thumbnails(pictures.option, size: .init(columns: columns, rows: min(rows, 24))).show(run)
      }
    }
  }
}
