import ArgumentParser
import Engine
import Families
import System

/// The checkpoint that judges how well pictures match texts.
package struct CLIPOption: ParsableArguments, Sendable {
  @Option(
    name: .customLong("clip"),
    help: ArgumentHelp(
      "A CLIP checkpoint: a folder in transformers' layout, or a name in the Hugging Face cache (default: the bundled model's own).",
      valueName: "clip"))
  package var name: String?

  /// Nil where none is named.
  package func open() throws -> PromptMatch? { try name.map(Installation.current.catalog.openMatch) }

  package init() {}
}

/// How many pictures are painted for one that is kept.
package struct MatchOptions: ParsableArguments, Sendable {
  @Option(
    parsing: .unconditional,
    help: "Paint N pictures, with seeds seed, seed+1, ..., and keep the one that matches the prompt best."
  )
  package var bestOf: Int = 1

  @OptionGroup package var clip: CLIPOption

  /// Whether no picture is to be judged.
  package var isPlain: Bool { bestOf == 1 && clip.name == nil }

  /// - Parameter pictures: How many are to be kept.
  /// - Throws: ``UserError/request(_:)``
  package func check(pictures: Int, seed: UInt64?) throws {
    guard (1...1000).contains(bestOf) else { throw UserError.request("--best-of \(bestOf) is not 1 to 1000.") }
    let (last, isTooMany) = pictures.multipliedReportingOverflow(by: bestOf)
    if isTooMany || seed.map({ $0.addingReportingOverflow(UInt64(last - 1)).overflow }) ?? false {
      throw UserError.request("--best-of \(bestOf) leaves no seeds for \(pictures) pictures.")
    }
  }

  /// Nil where no picture is to be judged.
  /// - Parameter model: Whose pictures; its own pair judges where no other is named.
  package func open(for model: Model) throws -> BestOf? {
    guard !isPlain else { return nil }
    return BestOf(count: bestOf, match: try clip.open() ?? PromptMatch(of: model))
  }

  package init() {}
}
