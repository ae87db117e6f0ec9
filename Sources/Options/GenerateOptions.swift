import ArgumentParser
import Engine
import Families
import Images
import Painting
import System
import Tensors
import Terminal

extension MetadataPolicy: ExpressibleByArgument {}

extension PictureFormat: ExpressibleByArgument {
  public init?(argument: String) { self.init(path: ".\(argument)") }
  public var defaultValueDescription: String { endings.last ?? rawValue }
  public static var allValueStrings: [String] { allCases.map { $0.rawValue.lowercased() } }
}

extension PictureEncoding {
  /// - Throws: ``UserError/request(_:)``
  package static func checked(quality: Int?) throws -> Int {
    guard let quality else { return usualQuality }
    guard (1...100).contains(quality) else { throw UserError.request("--quality \(quality) is not 1 to 100.") }
    return quality
  }
}

/// The word after `--preview=`. The parser drops a value that it cannot read where the flag stands alone too, so any is
/// read here and looked at later.
package struct PreviewWord: ExpressibleByArgument, CustomStringConvertible, Sendable {
  package let word: String

  package init(argument: String) { word = argument }

  /// What help calls the default.
  package var description: String { word }

  package static var allValueStrings: [String] { PreviewOption.allCases.map(\.rawValue) }
}

extension ByteCount {
  package init(argument: String) throws {
    guard let count = Self(parsing: argument) else {
      throw ValidationError("expected a size such as 2.5GB or 800MB.")
    }
    self = count
  }
}

/// What painting may take of this machine.
package struct MachineOptions: ParsableArguments, Sendable {
  @Option(parsing: .unconditional, help: "Threads to work with (default: the processors at hand).")
  package var threads: Int?

  @Option(
    parsing: .unconditional,
    help: "Keep below so much memory, slower if need be: 2.5GB, 800MB (default: what the machine has left).",
    transform: ByteCount.init(argument:))
  package var maxMemory: ByteCount?

  package var limit: MemoryLimit { maxMemory.map { MemoryLimit(wished: $0.bytes) } ?? MemoryLimit() }

  /// - Throws: ``UserError/request(_:)``
  package func check() throws { try MachineOptions.check(threads: threads) }

  package static func check(threads: Int?) throws {
    if let threads, !(1...1024).contains(threads) {
      throw UserError.request("--threads \(threads) is not 1 to 1024.")
    }
  }

  /// Before the first operation: the threads of all later ones.
  package static func use(threads: Int?) { Compute.use(threads: threads ?? Machine.current.processors) }

  package init() {}
}

/// Where the picture goes and what is said about it.
package struct OutputOptions: ParsableArguments, Sendable {
  @Option(
    name: .shortAndLong,
    help: "The picture to write; '-' for standard output (default: ./<prompt>-<seed>.png, never overwriting).",
    completion: .file(extensions: PictureFormat.allCases.flatMap(\.endings)))
  package var output: String?

  @Option(help: "png, jpeg or webp (default: as the output's name ends, else png).")
  package var format: PictureFormat?

  @Option(parsing: .unconditional, help: "Quality of JPEG and WebP, 1 to 100; 100 is lossless WebP (default: 92).")
  package var quality: Int?

  @Option(help: "What to write into the picture: `full` (how it was made), `minimal` (that a model made it) or `none`.")
  package var metadata: MetadataPolicy = .full

  @Option(
    name: .customLong("preview"), defaultAsFlag: PreviewWord(argument: "auto"), parsing: .next,
    help: "Draw the picture in the terminal: auto, kitty, iterm, sixel, blocks or none.")
  package var previewWord: PreviewWord?

  package var preview: PreviewOption? { previewWord.flatMap { PreviewOption(rawValue: $0.word) } }

  @Flag(help: "Draw the picture in the terminal while it forms.")
  package var previewSteps = false

  @Flag(help: "Print one JSON object a picture on standard output.")
  package var json = false

  @Flag(help: "Leave no record of the run, where this installation allows that; refusals are recorded all the same.")
  package var noHistory = false

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  package var quiet = false

  @Flag(name: .shortAndLong, help: "Say what is done and how long it took.")
  package var verbose = false

  /// Whether one command paints order after order.
  package var isRepeated = false

  package enum CodingKeys: CodingKey {
    case output, format, quality, metadata, previewWord, previewSteps, json, noHistory, quiet, verbose
  }

  private static let otherFormats = [".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".jxl"]

  /// - Throws: ``UserError/request(_:)``
  package var encoding: PictureEncoding {
    get throws {
      let named = output.flatMap(PictureFormat.init(path:))
      if let format, let named, named != format, let output {
        throw UserError.request("--format \(format.defaultValueDescription) and --output \(output) do not go together.")
      }
      let format = format ?? named ?? .png
      guard quality == nil || format != .png else {
        throw UserError.request("--quality is for JPEG and WebP; a PNG loses nothing.")
      }
      return PictureEncoding(format, quality: try PictureEncoding.checked(quality: quality))
    }
  }

  /// - Parameter count: Pictures that are to be written.
  /// - Throws: ``UserError/request(_:)``
  package func check(count: Int) throws {
    func refuse(_ sentence: String) throws -> Never { throw UserError.request(sentence) }
    if output == "-" {
      guard count == 1 else { try refuse("Standard output takes one picture; leave out --count.") }
      guard !json else { try refuse("Standard output cannot take both the picture and --json.") }
      guard !Console.resultsAreWatched else {
        try refuse("A picture file on the terminal helps nobody: redirect standard output, or use --preview.")
      }
    }
    if let word = previewWord?.word, preview == nil {
      let known = PreviewOption.allCases.map(\.rawValue).joined(separator: ", ")
      try refuse("--preview=\(word) is not known; use one of \(known).")
    }
    guard output != "" else { try refuse("--output names no file.") }
    if let output, OutputOptions.otherFormats.contains(where: output.lowercased().hasSuffix) {
      try refuse("limn writes PNG, JPEG and WebP: --output \(output) would be a PNG under another name.")
    }
    _ = try encoding
    guard !(quiet && verbose) else { try refuse("--quiet and --verbose do not go together.") }
  }

  /// A name given by the user is theirs to overwrite; with several pictures, or a name of our own, nothing is.
  package func place(of order: Order) -> PicturePlace { place(of: order.settings, seed: order.seed) }

  package func place(of settings: PictureSettings, seed: UInt64) -> PicturePlace {
    if output == "-" { return .stream(StandardOutput.write) }
    return .file(
      output ?? "\(Slug.slug(of: settings.prompt))-\(seed).\((format ?? .png).endings[0])",
      ifTaken: output == nil || settings.count > 1 || isRepeated ? .rename : .replace)
  }

  package init() {}
}
