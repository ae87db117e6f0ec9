import ArgumentParser
import Engine
import Foundation

/// `limn models`: what `--model` finds by name.
struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the models that are found by name.",
    discussion: "Put diffusers folders, .safetensors or .gguf files into $XDG_DATA_HOME/limn/models to find them here.")

  func run() throws {
    for entry in Installation.current.catalog.entries {
      let name = entry.name.padding(toLength: max(24, entry.name.count + 2), withPad: " ", startingAt: 0)
      print("\(name)\(entry.origin)  \(entry.path)")
    }
  }
}
