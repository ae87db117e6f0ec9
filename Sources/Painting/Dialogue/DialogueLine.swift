import System

/// What a line means that was typed at `limn -i`.
package enum DialogueLine: Equatable, Sendable {
  case prompt(String)
  /// Settings by name; nil: as the model has it.
  case set([String: String?])
  /// What a setting is, and what it is set to.
  case explain(String)
  case help, show, undo, reset, quit
  /// The last prompt with another seed.
  case again
  /// From the last picture, left so far.
  case vary(strength: String?)
  case preset(String)
  case save(String)
  case preview(String)
  case nothing

  /// Commands that are no settings, with what help says of them.
  package static let commands: [(name: String, help: String)] = [
    ("again", "the last prompt once more, with another seed"),
    ("vary", "a variation of the last picture; `!vary 0.7` goes further from it"),
    ("undo", "takes the last change of settings back"),
    ("show", "the settings that hold now, and the last picture"),
    ("reset", "all settings as they were at the start; `!reset steps` leaves one to the model"),
    ("preset", "`!preset ink` takes the settings of a preset"),
    ("save", "`!save ink` keeps the settings as a preset"),
    ("preview", "auto, kitty, iterm, sixel, blocks or none"),
    ("help", "this; `!help steps` explains a setting"),
    ("quit", "leaves, as Ctrl-D does"),
  ]

  /// - Throws: ``UserError/request(_:)`` where a command is unknown or lacks its value.
  package init(_ line: String) throws(UserError) {
    let line = line.trimmed
    guard line.first == "!" else {
      self = line.isEmpty ? .nothing : .prompt(line)
      return
    }
    let command = String(line.dropFirst()).trimmed
    if command.first == "-" {
      self = .set(try DialogueLine.flags(command))
      return
    }
    let name = String(command.prefix { $0 != " " && $0 != "=" })
    let value = String(command.dropFirst(name.count + 1)).trimmed.unquoted
    switch name.lowercased() {
    case "help", "?", "": self = value.isEmpty ? .help : .explain(try DialogueLine.setting(value).name)
    case "show": self = .show
    case "undo": self = .undo
    case "reset": self = value.isEmpty ? .reset : .set([try DialogueLine.setting(value).name: nil])
    case "quit", "exit", "q": self = .quit
    case "again": self = .again
    case "vary": self = .vary(strength: value.isEmpty ? nil : value)
    case "preset": self = .preset(try DialogueLine.required(value, "preset", "ink"))
    case "save": self = .save(try DialogueLine.required(value, "save", "ink"))
    case "preview": self = .preview(value.isEmpty ? "auto" : value)
    default:
      let setting = try DialogueLine.setting(name)
      if value.isEmpty, setting.kind != .flag {
        self = .explain(setting.name)
      } else {
        self = .set([setting.name: value.isEmpty ? "true" : value.expandingHome])
      }
    }
  }

  private static func required(_ value: String, _ name: String, _ example: String) throws(UserError) -> String {
    guard !value.isEmpty else { throw .request("`!\(name)` wants a name: `!\(name) \(example)`.") }
    return value
  }

  private static func setting(_ name: String) throws(UserError) -> Setting {
    let letter = name.count == 1 ? Setting.all.first { $0.letter == name.first } : nil
    guard let setting = letter ?? Setting.named(name), setting.name != "prompt" else {
      throw .request("There is no setting \"\(name.harmlessName)\"; `!help` lists what there is.")
    }
    return setting
  }

  /// `--steps 8 --style=ink -c 2 --strict`, as on the command line.
  private static func flags(_ text: String) throws(UserError) -> [String: String?] {
    var words = text.shellWords[...]
    var texts: [String: String?] = [:]
    while let word = words.popFirst() {
      guard word.hasPrefix("-") else { throw .request("\"\(word.harmlessName)\" is no flag.") }
      let parts = word.drop { $0 == "-" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let setting = try DialogueLine.setting(String(parts[0]))
      let value: String?
      if parts.count == 2 {
        value = String(parts[1])
      } else {
        value = setting.kind == .flag ? "true" : words.popFirst()
      }
      guard let value else { throw .request("`\(setting.name)` wants a value.") }
      if let separator = setting.separator, let before = texts[setting.name], let before {
        texts[setting.name] = before + separator + value.expandingHome
      } else {
        texts[setting.name] = value.expandingHome
      }
    }
    return texts
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  /// Without the quotation marks that a shell would have taken away.
  fileprivate var unquoted: String {
    guard count >= 2, let first, first == last, "\"'".contains(first) else { return self }
    return String(dropFirst().dropLast())
  }

  /// Words between blanks; quotation marks hold several together.
  fileprivate var shellWords: [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in self {
      if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if "\"'".contains(character) {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace {
        if let word { words.append(word) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }

  private var home: String? { unsafe getenv("HOME").map { unsafe String(cString: $0) } }

  fileprivate var expandingHome: String {
    guard hasPrefix("~/"), let home else { return self }
    return home + dropFirst()
  }
}
