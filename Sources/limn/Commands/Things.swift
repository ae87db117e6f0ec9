import ArgumentParser
import Engine
import Families
import Foundation
import Images
import Options
import Painting
import System
import Terminal

/// `limn things`: what the bundled model was taught.
struct Things: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List what the bundled model was taught to paint, or what of it has to do with a word.",
    discussion: "limn things dog\nlimn things fruit --pictures\nlimn things 🦊 --json")

  @Argument(help: "A word, a name or an emoji; without one all things are listed.")
  var words: [String] = []

  @Option(
    name: .customLong("pictures"), defaultAsFlag: PreviewWord(argument: "auto"), parsing: .next,
    help: "Paint them small in the terminal (the default there for a word): auto, kitty, iterm, sixel, blocks or none.")
  var pictures: PreviewWord?

  @Flag(help: "Print one JSON object a thing.")
  var json = false

  private struct Record: Encodable {
    let emoji: String
    let name: String
    let also: [String]
    let group: String
  }

  func run() async throws {
    let engine = RunningEngine.start()
    let model = try engine.model(nil)
    guard let list = try (model.model.family as? Bundled)?.things?.loaded() else {
      throw UserError.input("The bundled model of this installation does not say what it was taught.")
    }
    let word = words.joined(separator: " ")
    let found = word.isEmpty ? list.things : list.things(about: word)
    guard !found.isEmpty else {
      throw UserError.request("The bundled model was taught nothing that has to do with \"\(word)\".")
    }
    if json {
      for thing in found {
        print(try Record(emoji: thing.emoji, name: thing.name, also: thing.names, group: thing.group).json)
      }
      return
    }
    let wish = try pictures.map { try $0.option } ?? (word.isEmpty ? .none : .auto)
    let strip = ThingStrip(engine, model, wish, isAskedFor: pictures != nil)
    guard strip.isDrawn else {
      var group = ""
      for thing in found {
        if word.isEmpty, thing.group != group { print("\(group.isEmpty ? "" : "\n")# \(thing.group)") }
        group = thing.group
        print("\(thing.emoji)\t\(thing.name)")
      }
      return
    }
    for start in stride(from: 0, to: found.count, by: strip.count) {
      try await strip.show(Array(found[start..<min(found.count, start + strip.count)]))
    }
  }
}

/// A row of small pictures with their names below.
private struct ThingStrip {
  private static let columns = 18
  private static let rows = 9
  /// Enough to tell a thing by.
  private static let steps = 6

  private let engine: Engine
  private let model: LoadedModel
  private let session: PaintingSession
  private let graphics: TerminalGraphics
  /// Pictures in a row.
  let count: Int
  let isDrawn: Bool

  init(_ engine: Engine, _ model: LoadedModel, _ option: PreviewOption, isAskedFor: Bool) {
    (self.engine, self.model) = (engine, model)
    let environment = ProcessInfo.processInfo.environment
    graphics = option.graphics(environment: environment, isTerminal: Console.resultsAreWatched)
    if case .none = graphics { isDrawn = false } else { isDrawn = true }
    if !isDrawn, isAskedFor, option != .none {
      Console.note("Pictures are drawn on terminals only; --pictures blocks draws them anyway.")
    }
    count = max(1, Console.size.columns / Self.columns)
    session = PaintingSession(model.model, limit: MemoryLimit(), paintsSeveral: true)
  }

  func show(_ things: [Thing]) async throws {
    var pictures: [Picture] = []
    for thing in things { pictures.append(try await painted(thing)) }
    let strip = Picture(row: pictures)
    let place = TerminalPicture(
      width: strip.width, height: strip.height,
      size: TerminalSize(columns: Self.columns * pictures.count, rows: Self.rows + 1), graphics: graphics,
      colours: .detected(environment: ProcessInfo.processInfo.environment))
    try Console.finishResults()
    try StandardOutput.write(place.drawn(strip))
    let width = place.columns / pictures.count
    let names = things.map { thing in
      let name = thing.name.count < width ? thing.name : thing.name.prefix(width - 2) + "…"
      return name.padding(toLength: width, withPad: " ", startingAt: 0)
    }
    try Console.result(names.joined())
  }

  private func painted(_ thing: Thing) async throws -> Picture {
    var settings = PictureSettings(prompt: thing.name)
    settings.seed = 1
    settings.steps = Self.steps
    (settings.width, settings.height) = (128, 128)
    try engine.require(toPaint: [settings])
    let order = try engine.admit(settings, model)
    return try await session.paint(order, isLast: false).picture
  }
}
