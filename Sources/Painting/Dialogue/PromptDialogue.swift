import System

/// The settings of a conversation at a prompt line, which change from one prompt to the next.
package struct PromptDialogue: Sendable {
  /// By the names of settings.
  package private(set) var texts: [String: String]
  private let initial: [String: String]
  private var undone: [[String: String]] = []
  /// As typed.
  package var lastPrompt: String?
  /// The picture that was painted last.
  package var lastPicture: String?

  package init(_ texts: [String: String]) {
    self.texts = texts
    initial = texts
  }

  /// What is to be painted for a prompt.
  /// - Throws: ``UserError/request(_:)``
  package mutating func settings(prompt: String) throws(UserError) -> PictureSettings {
    lastPrompt = prompt
    return try PictureSettings(texts.merging(["prompt": prompt]) { $1 })
  }

  /// The last prompt with another seed.
  /// - Throws: ``UserError/request(_:)``
  package func again() throws(UserError) -> PictureSettings {
    var settings = try last()
    settings.seed = nil
    return settings
  }

  /// A variation of the last picture.
  /// - Throws: ``UserError/request(_:)``
  package func variation(strength: String?) throws(UserError) -> PictureSettings {
    guard let lastPicture else { throw .request("There is no picture yet to vary.") }
    var settings = try last()
    settings.seed = nil
    settings.references = ReferenceList([lastPicture])
    if let strength {
      guard let setting = Setting.named("strength") else { return settings }
      try setting.set(strength, in: &settings)
    }
    return settings
  }

  private func last() throws(UserError) -> PictureSettings {
    guard let lastPrompt else { throw .request("There is no prompt yet.") }
    return try PictureSettings(texts.merging(["prompt": lastPrompt]) { $1 })
  }

  /// Changes settings, all or none.
  ///
  /// - Parameter changes: By name; nil leaves one to the model.
  /// - Throws: ``UserError/request(_:)`` where a value is none; nothing has changed then.
  package mutating func change(_ changes: [String: String?]) throws(UserError) {
    var changed = texts
    for (name, text) in changes { changed[name] = text }
    try replace(by: changed)
  }

  /// - Throws: ``UserError/request(_:)`` where a value is none; nothing has changed then.
  package mutating func replace(by changed: [String: String]) throws(UserError) {
    _ = try PictureSettings(changed)
    guard changed != texts else { return }
    undone.append(texts)
    texts = changed
  }

  package mutating func reset() throws(UserError) { try replace(by: initial) }

  /// Takes the last change back.
  /// - Throws: ``UserError/request(_:)`` where there is none.
  package mutating func undo() throws(UserError) {
    guard let before = undone.popLast() else { throw .request("No setting has been changed.") }
    texts = before
  }

  /// The settings that hold, as flags; empty where all is left to the model.
  package var flags: String {
    guard let settings = try? PictureSettings(texts) else { return "" }
    return settings.arguments.dropLast(2).map(\.shellQuoted).joined(separator: " ")
  }

  /// What a line that begins so may become.
  ///
  /// - Parameter names: The names of styles, models and the like, for settings that take one.
  package static func completions(of line: String, names: (String) -> [String]) -> [String] {
    guard line.first == "!" else { return [] }
    let parts = line.dropFirst().split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      let all = DialogueLine.commands.map(\.name) + Setting.all.map(\.name).filter { $0 != "prompt" }
      return all.filter { $0.hasPrefix(parts.first ?? "") }.map { "!\($0) " }
    }
    guard let setting = Setting.named(String(parts[0])) else { return [] }
    let values = setting.choices.isEmpty ? names(setting.name) : setting.choices
    return values.filter { $0.hasPrefix(parts[1]) }.map { "!\(parts[0]) \($0)" }
  }
}
