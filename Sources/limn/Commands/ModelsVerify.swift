import ArgumentParser
import Engine
import Families
import Store
import System
import Terminal

/// `limn models verify`: whether a model's files are what they were.
struct ModelsVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Hash the files of models and compare.",
    discussion: """
      Files of the Hugging Face cache are named by what they hash to; of models that were added, `add` noted it. Prints a \
      line a file that is not whole. Exit status: 0 where all are whole, 5 where one is not.
      """)

  @Argument(
    help: ArgumentHelp(
      "Names as `limn models list` shows them, or of the catalogue (default: all that something is known of).",
      valueName: "model"))
  var names: [String] = []

  @Flag(name: .shortAndLong, help: "Print a line for whole files too.")
  var verbose = false

  func run() async throws {
    let (names, verbose) = (names, verbose)
    try await Interruption.cancelling(paints: false) { try Self.verify(names, verbose: verbose) }
  }

  private static func verify(_ names: [String], verbose: Bool) throws {
    let catalog = Installation.current.catalog
    var (whole, bad) = (0, 0)
    func found(_ name: String, _ verdict: CacheEntry.Verdict) throws {
      Console.clearLine()
      let words =
        switch verdict {
        case .whole: "whole"
        case .changed: "changed"
        case .missing: "missing"
        case .unknown: "unknown"
        }
      if verdict == .whole { whole += 1 } else if verdict != .unknown { bad += 1 }
      if verbose || verdict != .whole { try Console.result(Console.named("\(words.padding(to: 8))\(name)")) }
    }
    for name in names.isEmpty ? Self.all(catalog) : names {
      if let cached = Self.cached(name, catalog) {
        for file in cached.snapshots.flatMap(\.files) {
          Console.drawLine("hashing \(cached.repository) \(file.path)")
          try found("\(cached.repository) \(file.path)", CacheEntry.verify(file))
        }
        continue
      }
      let entry = try catalog.find(name)
      guard let sums = try catalog.sums(of: entry) else {
        throw UserError.request(
          "Nothing says what the files of \(entry.name) should hash to: it was not added by `limn models add`.")
      }
      Console.drawLine("hashing \(entry.name)")
      let differences = sums.differences()
      for difference in differences {
        let parts = difference.split(separator: " ", maxSplits: 1).map(String.init)
        try found(parts[0], difference.hasSuffix("is missing") ? .missing : .changed)
      }
      whole += sums.count - differences.count
      if verbose { try Console.result(Console.named("whole   \(entry.name): \(sums.count - differences.count) files")) }
    }
    Console.clearLine()
    Console.note("\(whole) files whole, \(bad) not.")
    guard bad == 0 else { throw ExitCode(ExitStatus.unreadable.rawValue) }
  }

  private static func all(_ catalog: ModelCatalog) -> [String] {
    let added = catalog.entries.filter { $0.origin == "installed" && ((try? catalog.sums(of: $0)) ?? nil) != nil }
    return added.map(\.name) + catalog.cachedEntries.map(\.name)
  }

  /// The model of the cache that has the name, or that a name of the catalogue stands for.
  static func cached(_ name: String, _ catalog: ModelCatalog) -> CacheEntry? {
    guard let root = catalog.cacheRoot else { return nil }
    let repository = KnownModel.named(name)?.repository ?? name
    guard let reference = try? ModelReference(repository) else { return nil }
    let entry = CacheEntry(reference.repository, root: root)
    return entry.isThere ? entry : nil
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }
}
