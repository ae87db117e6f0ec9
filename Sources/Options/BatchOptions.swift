import ArgumentParser
import Batch
import Engine
import Images

extension PromptFormat: ExpressibleByArgument {}
extension Field: ExpressibleByArgument {
  public init?(argument: String) { self.init(name: argument) }
  public var defaultValueDescription: String { rawValue }
  public static var allValueStrings: [String] { allCases.map(\.rawValue) }
}

/// What the prompt file is, and what becomes of its lines.
package struct ExpansionOptions: ParsableArguments, Sendable {
  @Option(help: "How the file is written (default: by its extension, else by its contents).")
  package var format: PromptFormat?

  @Flag(
    name: [.customShort("0"), .customLong("null")], help: "Records end with a zero byte, as `find -print0` writes them."
  )
  package var separatesByNUL = false

  @Option(help: "What a plain line of text is, such as `reference` for a list of pictures.")
  package var field: Field = .prompt

  @Option(
    name: .customLong("set"), help: "A value for lines that say nothing themselves: field=value or $variable=value.")
  package var values: [String] = []

  @Option(
    parsing: .upToNextOption, help: "Every line with every value: seed=1..4 style=flat,3d $animal=cat,dog.")
  package var grid: [String] = []

  @Option(
    help: "The folder of the lists that __name__ stands for (default: `wildcards` beside the file).",
    completion: .directory)
  package var wildcards: String?

  @Flag(help: "Every combination of {a|b} and __name__ instead of one.")
  package var everyCombination = false

  @Option(help: "Another number makes other choices, and other seeds where lines name none.")
  package var batchSeed: UInt64 = 0

  package init() {}
}

/// Where pictures go and how the batch is painted.
package struct BatchOptions: ParsableArguments, Sendable {
  @Option(
    name: .shortAndLong, help: "The folder for the pictures; '-' writes a tar archive to standard output.",
    completion: .directory)
  package var output: String = "."

  @Option(
    help:
      """
      Names of pictures: {index} {line} {copy} {slug} {key}, any field, $variables; a number after a colon is a width. \
      The ending says the format: .png, .jpg, .webp.
      """
  )
  package var name: String = NameTemplate.standard

  @Flag(help: "Let names lead out of the folder for the pictures: absolute ones, and those with `..`.")
  package var anywhere = false

  @Flag(help: "Say what is wrong with the file and what it will take; paint nothing.")
  package var check = false

  @Flag(inversion: .prefixedNo, help: "Paint only what is missing or damaged.")
  package var resume = true

  @Option(help: "The batch's ledger (default: limn-batch.sqlite in the folder of the pictures).", completion: .file())
  package var ledger: String?

  @Option(
    parsing: .upToNextOption, help: "Ledgers of other runs or shards, to take over what is painted there.",
    completion: .file())
  package var merge: [String] = []

  @Option(help: "Paint only part I of N; within a Slurm array job this follows from the task.")
  package var shard: String?

  @Option(help: "How often to try a picture again that failed.")
  package var retry: Int = 0

  @Flag(exclusivity: .exclusive, help: "What to do where a picture cannot be painted.")
  package var failure: FailurePolicy = .keepGoing

  @Option(help: "Pictures to paint at a time (default: with small models one for each processor, else 1).")
  package var jobs: Int?

  @Option(help: "A contact sheet of all pictures, as a PNG.", completion: .file(extensions: ["png"]))
  package var sheet: String?

  @Option(help: "A page that shows all pictures, as HTML.", completion: .file(extensions: ["html"]))
  package var gallery: String?

  @Option(
    help: "What to write into the pictures: `full` (how they were made), `minimal` (that a model made them) or `none`.")
  package var metadata: MetadataPolicy = .full

  @Option(parsing: .unconditional, help: "Quality of JPEG and WebP, 1 to 100; 100 is lossless WebP (default: 92).")
  package var quality: Int?

  @Flag(help: "Print events as JSON lines on standard output (docs/events.schema.json).")
  package var json = false

  @Flag(help: "Leave no record of the runs, where this installation allows that; refusals are recorded all the same.")
  package var noHistory = false

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  package var quiet = false

  @Flag(name: .shortAndLong, help: "Say what is done and how long it took.")
  package var verbose = false

  package init() {}
}

package enum FailurePolicy: String, EnumerableFlag {
  case keepGoing, failFast

  package static func help(for value: FailurePolicy) -> ArgumentHelp? {
    value == .keepGoing ? "Paint the other pictures all the same (the default)." : "Stop at the first failure."
  }
}
