import ArgumentParser
import Engine
import Foundation

/// `limn models`: what `--model` finds by name, and files made of it.
struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the models that are found by name; convert models.",
    discussion: "Put diffusers folders, .safetensors or .gguf files into $XDG_DATA_HOME/limn/models to find them here.",
    subcommands: [ModelsList.self, ModelsConvert.self], defaultSubcommand: ModelsList.self)
}

struct ModelsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the models that are found by name.")

  func run() throws {
    for entry in Installation.current.catalog.entries {
      let name = entry.name.padding(toLength: max(24, entry.name.count + 2), withPad: " ", startingAt: 0)
      print(Console.named("\(name)\(entry.origin)  \(entry.path)"))
    }
  }
}
