import ArgumentParser
import Engine
import Families
import Store
import System
import Terminal

/// `limn models remove`: a model out of the cache or the models folder.
struct ModelsRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Take a model away.",
    discussion: """
      Of the Hugging Face cache goes a model, or with @REVISION one revision of it, and of its files those that no other \
      revision uses; other programs that share the cache lose it too. Of what `add` linked to, the link alone goes.
      """)

  @Argument(
    help: ArgumentHelp(
      "A name as `limn models list` shows it, with @REVISION for one revision, or of the catalogue.",
      valueName: "model"))
  var name: String

  @Flag(name: .shortAndLong, help: "Ask nothing.")
  var yes = false

  func run() throws {
    try Models.requirePermission()
    guard yes || (Console.isTerminal && StandardInput.isTerminal) else {
      throw UserError.request(
        "Nobody is there to be asked whether \(name.harmlessName) should go; --yes removes it at once.")
    }
    let catalog = Installation.current.catalog
    if let installed = catalog.entries.first(where: { $0.name == name && $0.origin != "cache" }) {
      guard try agrees("Remove \(installed.path)?") else { return }
      try catalog.remove(installed)
      return Console.note("Removed \(installed.path).")
    }
    let parts = name.split(separator: "@", maxSplits: 1).map(String.init)
    guard let first = parts.first, let entry = ModelsVerify.cached(first, catalog) else {
      throw UserError.input(
        "There is no model \"\(name.harmlessName)\" in the models folder or the Hugging Face cache.")
    }
    let removal = try entry.removal(of: parts.count == 2 ? parts[1] : nil)
    let what = removal.isWhole ? entry.repository : "\(entry.repository) at \(removal.commits.joined(separator: ", "))"
    guard try agrees("Remove \(what), \(ByteCount(removal.bytes)), from \(entry.folder)?") else { return }
    try entry.remove(removal)
    Console.note("Removed \(what): \(ByteCount(removal.bytes)).")
  }

  private func agrees(_ question: String) throws -> Bool { try yes || StandardInput.agrees(question) }
}
