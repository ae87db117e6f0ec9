import Engine
import Families
import Foundation
import Options
import Painting
import Synchronization
import System
import Terminal

/// `limn -i`: prompt after prompt, with one model in memory and settings that change in between.
struct InteractivePainting {
  private let firstPrompt: String
  private let machine: MachineOptions
  private let choosing: MatchOptions
  private var output: OutputOptions
  private var dialogue: PromptDialogue
  private let session = KeptSession()

  /// - Parameters:
  ///   - texts: The settings that hold at first.
  ///   - prompt: What is painted before anything is asked; may be empty.
  init(
    _ texts: [String: String], prompt: String, machine: MachineOptions, choosing: MatchOptions, output: OutputOptions
  ) throws {
    dialogue = PromptDialogue(texts)
    firstPrompt = prompt
    self.machine = machine
    self.choosing = choosing
    self.output = output
    self.output.isRepeated = true
    if output.previewWord == nil { self.output.previewWord = PreviewWord(argument: PreviewOption.auto.rawValue) }
    guard StandardInput.isTerminal, Console.isTerminal else {
      throw UserError.request(
        "--interactive is for a person at a terminal; `limn batch -` paints a prompt a line from standard input.")
    }
    guard output.output != "-" else {
      throw UserError.request("--interactive writes files; standard output takes one picture.")
    }
    guard !texts.values.contains("-"), prompt != "-" else {
      throw UserError.request("--interactive reads prompts from standard input: name pictures by their files.")
    }
    _ = try PictureSettings(texts)
    try machine.check()
    try output.check(count: 1)
  }

  mutating func run() async throws {
    let engine = RunningEngine.start(omitsHistory: output.noHistory, isQuiet: output.quiet)
    try engine.require(toPaint: [PictureSettings(dialogue.texts)])
    Interruption.listen()
    let names = SettingNames.of
    var editor = LineEditor(history: LineHistory(path: historyPath)) { line in
      PromptDialogue.completions(of: line, names: names)
    }
    if !output.quiet { Console.note("Type a prompt. `!help` tells more, Ctrl-D leaves.") }
    if !firstPrompt.isEmpty { await take(.prompt(firstPrompt), engine) }
    while true {
      // One that came between two paintings stops nothing.
      Interruption.forgetControlC()
      guard Interruption.status == nil else { return try leave() }
      switch editor.read(prompt: "limn> ") {
      case .end: return try leave()
      case .givenUp(let wasEmpty): if wasEmpty { Console.note("Ctrl-D leaves.") }
      case .line(let text):
        editor.history.add(text)
        do {
          let line = try DialogueLine(text)
          if line == .quit { return try leave() }
          await take(line, engine)
        } catch {
          Console.error("\(error)".asCommands)
        }
      }
    }
  }

  /// A signal that ended the conversation is told by the exit status.
  private func leave() throws { if Interruption.status != nil { throw CancellationError() } }

  /// Prompts are kept like the history: not where that is not wanted, and never among those of others.
  private var historyPath: String? {
    let installation = Installation.current
    guard !output.noHistory, installation.environment["SUDO_UID"] == nil else { return nil }
    ProtectedFiles.protect(installation.promptLinesPath, as: "the lines typed at `limn -i`")
    return installation.promptLinesPath
  }

  /// Does what a line says; what goes wrong is said, and the conversation goes on.
  private mutating func take(_ line: DialogueLine, _ engine: Engine) async {
    do {
      switch line {
      case .nothing, .quit: break
      case .prompt(let prompt):
        let before = dialogue.lastPrompt
        do {
          try await paint(dialogue.settings(prompt: prompt), engine)
        } catch {
          // What could not be painted is not painted again.
          dialogue.lastPrompt = before
          throw error
        }
      case .again: try await paint(dialogue.again(), engine)
      case .vary(let strength): try await paint(dialogue.variation(strength: strength), engine)
      case .set(let changes):
        try dialogue.change(changes)
        showSettings()
      case .undo:
        try dialogue.undo()
        showSettings()
      case .reset:
        try dialogue.reset()
        showSettings()
      case .preset(let name):
        try dialogue.replace(by: dialogue.texts.merging(Presets(.current).texts(name)) { $1 })
        showSettings()
      case .save(let name):
        try Presets(.current).save(PictureSettings(dialogue.texts), as: name)
        Console.note("Kept as the preset \(name.harmlessName).")
      case .preview(let word):
        guard PreviewOption(rawValue: word) != nil else {
          let known = PreviewOption.allCases.map(\.rawValue).joined(separator: ", ")
          throw UserError.request("!preview \(word.harmlessName) is not known; use one of \(known).")
        }
        output.previewWord = PreviewWord(argument: word)
      case .show:
        showSettings()
        if let picture = dialogue.lastPicture { Console.note("last picture: \(picture.harmlessName)") }
      case .explain(let name): explain(name)
      case .help: Console.note(Self.help)
      }
    } catch {
      Console.error("\(error)".asCommands)
    }
  }

  private mutating func paint(_ settings: PictureSettings, _ engine: Engine) async throws {
    let painted = LastPicture()
    defer { if let path = painted.path { dialogue.lastPicture = path } }
    do {
      try await PaintCommand(
        settings: settings, machine: machine, choosing: choosing, output: output, onPicture: { painted.note($0) }
      ).run(with: engine, in: session)
    } catch is CancellationError {
      guard Interruption.status == 128 + SIGINT else { return }
      Interruption.forgetControlC()
      Console.note("Stopped.")
    }
  }

  private func showSettings() {
    Console.note(dialogue.flags.isEmpty ? "All settings are the model's own." : dialogue.flags)
  }

  private func explain(_ name: String) {
    guard let setting = Setting.named(name) else { return }
    let choices = setting.choices.isEmpty ? "" : " (\(setting.choices.joined(separator: ", ")))"
    Console.note("\(setting.help)\(choices)".asCommands)
    Console.note(dialogue.texts[name].map { "Now: \($0)".harmlessLine } ?? "Now: as the model has it.")
  }

  private static var help: String {
    let commands = DialogueLine.commands.map { "  !\($0.name.padded(to: 10)) \($0.help)" }
    let settings = Setting.all.map(\.name).filter { $0 != "prompt" }.map { "!\($0)" }
    return """
      A line is a prompt, and is painted. Lines that begin with ! change what holds for those that follow:
        !steps 8   !style ink   !seed 1   !negative "text"   !--steps 8 --style ink
      Commands:
      \(commands.joined(separator: "\n"))
      Settings, each explained by `!help NAME`:
      \(settings.joined(separator: " ").wrapped(to: Console.size.columns - 3, indent: "  "))
      Keys: arrows and Ctrl-R for earlier lines, Tab completes, Ctrl-C stops a painting, Ctrl-D leaves.
      """
  }
}

extension String {
  /// A sentence whose settings are spelt as this line takes them.
  fileprivate var asCommands: String {
    spellingSettings { "!\($0)" }.spellingSettings(and: ["max-memory", "clip", "best-of", "output"]) { "--\($0)" }
  }

  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

  /// Broken at blanks into lines of so many characters.
  fileprivate func wrapped(to width: Int, indent: String) -> String {
    var lines = [""]
    for word in split(separator: " ") {
      if lines[lines.count - 1].count + word.count + 1 > width - indent.count { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
    }
    return lines.map { indent + $0 }.joined(separator: "\n")
  }
}

/// Which picture came last.
private final class LastPicture: Sendable {
  private let known = Mutex<String?>(nil)

  var path: String? { known.withLock { $0 } }
  func note(_ picture: PaintedPicture) { if let path = picture.path { known.withLock { $0 = path } } }
}
