import ArgumentParser
import Engine
import Families
import Foundation
import Options
import System
import Tensors
import Terminal

/// `limn models`: what `--model` finds by name, and the store behind it.
struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List, fetch, describe, add, check, remove and convert models.",
    discussion: """
      limn models list --catalogue           names of published models that limn knows
      limn models pull sdxl-turbo            one of them, or ORGANISATION/NAME
      limn models add ~/old/sd15.safetensors a name for what is there already

      Models lie in $XDG_DATA_HOME/limn/models and in the Hugging Face cache. Painting itself never uses the network.
      """,
    subcommands: [
      ModelsList.self, ModelsShow.self, ModelsPull.self, ModelsAdd.self, ModelsVerify.self, ModelsRemove.self,
      ModelsConvert.self,
    ], defaultSubcommand: ModelsList.self)

  /// - Throws: ``Forbidden``, which goes into the audit.
  static func requirePermission() throws {
    try RunningEngine.start(omitsHistory: true).recorder.require(.manageModels)
  }
}

struct ModelsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the models that are found by name.")

  @Flag(help: "List instead the published models that have a short name here, with licence, size, memory and time.")
  var catalogue = false

  @Flag(help: "Print a JSON object a line.")
  var json = false

  func run() throws {
    let catalog = Installation.current.catalog
    guard !catalogue else { return try listCatalogue(catalog) }
    for entry in catalog.entries + catalog.cachedEntries {
      if json {
        print(try EntryRecord(entry).json)
      } else {
        let name = entry.name.padding(toLength: max(24, entry.name.count + 2), withPad: " ", startingAt: 0)
        print(Console.named("\(name)\(entry.origin)  \(entry.path)"))
      }
    }
  }

  private func listCatalogue(_ catalog: ModelCatalog) throws {
    let rate = Compute.sgemmRate()
    for known in KnownModel.all {
      let isHere = (try? catalog.find(known.name)) != nil
      if json {
        print(try KnownRecord(known, isHere: isHere, rate: rate).json)
      } else {
        let columns = [
          (known.name, 15), (isHere ? "here" : "", 6), (ByteCount(known.downloadBytes).description, 9),
          ("memory \(ByteCount(known.memoryBytes))", 15),
          ("about \(Duration.brief(known.seconds(rate: rate))) at \(known.edge)", 26),
        ]
        let line = columns.map { $0.padding(toLength: max($1, $0.count + 1), withPad: " ", startingAt: 0) }.joined()
        print("\(line)\(known.licence)")
      }
    }
  }
}

private struct EntryRecord: Encodable {
  let name: String
  let origin: String
  let path: String

  init(_ entry: ModelCatalog.Entry) {
    (name, origin, path) = (entry.name, entry.origin, entry.path)
  }
}

/// What is known of a published model, as `--json` prints it.
struct KnownRecord: Encodable {
  let name: String
  let repository: String
  let variant: String?
  let licence: String
  let downloadBytes: Int
  let memoryBytes: Int
  let width: Int
  let height: Int
  let seconds: Double
  let isHere: Bool

  init(_ known: KnownModel, isHere: Bool, rate: Double) {
    (name, repository, variant, licence) = (known.name, known.repository, known.variant, known.licence)
    (downloadBytes, memoryBytes) = (known.downloadBytes, known.memoryBytes)
    (width, height) = (known.edge, known.edge)
    seconds = known.seconds(rate: rate)
    self.isHere = isHere
  }
}
