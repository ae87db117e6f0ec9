import ArgumentParser
import Engine
import Foundation
import History

/// `limn history`: what was painted, refused and rated.
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Look through what was painted, paint it again, rate it, take it elsewhere.",
    discussion: """
      limn history                                 the latest runs
      limn history search fox snow --since 7d      by words
      limn history show 12                         everything about one
      limn history redo 12 --verify                paint it again and compare
      limn history redo picture.png                the same from a picture's own words

      A run goes by its number, `last`, or the beginning of its identifier. Exit status 1: `redo --verify` painted \
      another picture, or `verify` found the audit changed.
      """,
    subcommands: [
      List.self, Search.self, Show.self, Redo.self, Rate.self, Mark.self, Export.self, Import.self, Prune.self,
      Verify.self,
    ], defaultSubcommand: List.self)
}
