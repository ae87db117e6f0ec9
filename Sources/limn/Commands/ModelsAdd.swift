import ArgumentParser
import Engine
import Families
import System
import Terminal

/// `limn models add`: a name for a checkpoint that is there already.
struct ModelsAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Give a checkpoint a name for --model.",
    discussion: """
      limn models add ~/downloads/dreamshaper_8.safetensors --name dreamshaper

      A link in $XDG_DATA_HOME/limn/models leads to the file or folder; --copy copies it. What its files hash to is \
      noted, for `limn models verify`.
      """)

  @Argument(help: ArgumentHelp("A .safetensors, .gguf or .ckpt file, or a diffusers folder.", valueName: "path"))
  var path: String

  @Option(help: "The name (default: that of the file, without its ending, or of the folder).")
  var name: String?

  @Flag(help: "Copy the files instead of linking to them.")
  var copy = false

  func run() throws {
    try Models.requirePermission()
    let catalog = Installation.current.catalog
    let entry = try catalog.add(path, as: name, copies: copy)
    do {
      try catalog.noteSums(of: entry) { file in Console.drawLine("hashing \(file)") }
    } catch {
      try? catalog.remove(entry)
      throw error
    }
    Console.clearLine()
    try Console.result(Console.named("\(entry.name)  \(entry.path)"))
  }
}
