import ArgumentParser
import Engine
import Families
import Foundation
import System
import Tensors
import Terminal

/// `limn models show`: what a model is and what it takes.
struct ModelsShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Describe a model: its networks, licence, size, memory and time.",
    discussion: "Times are estimates from the rate at which this machine multiplies; `limn bench` measures.")

  @Argument(
    help: ArgumentHelp("A name (`limn models`), a folder or a file, or a name of the catalogue.", valueName: "model"))
  var name: String

  @Flag(help: "Print a JSON object.")
  var json = false

  func run() throws {
    let catalog = Installation.current.catalog
    let known = KnownModel.named(name) ?? KnownModel.of(repository: name)
    let entry: ModelCatalog.Entry
    do { entry = try catalog.find(name) } catch {
      guard let known else { throw error }
      return try show(known)
    }
    let rate = Compute.sgemmRate()
    let model = try ModelDescription(entry, catalog, licence: known?.licence, rate: rate)
    guard !json else { return print(try model.json) }
    var lines = [
      ("name", model.name), ("family", model.family), ("from", "\(model.origin), \(model.path)"),
      ("licence", model.licence ?? "not known here; see where it comes from"),
      ("size", ByteCount(model.bytes).description),
      ("picture", "\(model.width)x\(model.height), \(model.steps) steps, guidance \(model.guidance)"),
    ]
    if let bytes = model.memoryBytes { lines.append(("memory", "about \(ByteCount(bytes).rounded(.up))")) }
    if let seconds = model.seconds {
      lines.append(("time", "about \(Duration.brief(seconds)) a picture on this machine"))
    }
    lines += model.networks.map { ($0.part, "\($0.className), \(Self.count($0.parameters)) parameters") }
    show(lines)
  }

  private func show(_ known: KnownModel) throws {
    let rate = Compute.sgemmRate()
    guard !json else { return print(try KnownRecord(known, isHere: false, rate: rate).json) }
    show([
      ("name", known.name), ("from", "\(known.repository), not here yet: limn models pull \(known.name)"),
      ("licence", known.licence), ("size", "\(ByteCount(known.downloadBytes)) to fetch"),
      ("picture", "\(known.edge)x\(known.edge)"), ("memory", "about \(ByteCount(known.memoryBytes).rounded(.up))"),
      ("time", "about \(Duration.brief(known.seconds(rate: rate))) a picture on this machine"),
    ])
  }

  private func show(_ lines: [(String, String)]) {
    for (title, text) in lines {
      print(Console.named(title.padding(toLength: 16, withPad: " ", startingAt: 0) + text))
    }
  }

  /// `860 million`, `3.9 billion`.
  private static func count(_ parameters: Int) -> String {
    switch parameters {
    case 1_000_000_000...: "\((Double(parameters) / 1e8).rounded() / 10) billion"
    case 1_000_000...: "\((parameters + 500_000) / 1_000_000) million"
    default: "\(parameters)"
    }
  }
}
