import ArgumentParser
import Crypto
import Foundation
import Generation
import History
import Images

extension HistoryCommand {
  /// `limn history redo`
  struct Redo: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Paint a run's picture again, or one that a picture file describes (limn's, A1111's, ComfyUI's, InvokeAI's ...).",
      discussion:
        "What the flags name replaces what was recorded. Everything that decides the picture is taken from there.")

    @Argument(
      help: ArgumentHelp("A run's number, `last`, the beginning of its identifier, or a PNG or JPEG.", valueName: "run")
    )
    var name: String

    @Flag(help: "Compare with the first picture and say what differs; exit status 1 where it is another.")
    var verify = false

    @Flag(name: .customLong("print"), help: "Print the command line instead of running it.")
    var printsOnly = false

    @Option(name: .shortAndLong, help: "Another model.")
    var model: String?

    @Option(help: "Another sampler.")
    var sampler: String?

    @Option(help: "Another generator of noise: torch or cuda.")
    var rng: String?

    @Option(name: .shortAndLong, help: "The picture that it started from, where that lies elsewhere.")
    var reference: String?

    @Option(name: .shortAndLong, help: "The PNG to write (default: a new name).")
    var output: String?

    @Flag(help: "Draw the picture in the terminal.")
    var preview = false

    @Flag(help: "Print one JSON object a picture on standard output.")
    var json = false

    @Flag(help: "Say nothing but errors.")
    var quiet = false

    func run() throws {
      let original = try original()
      var line = original.line
      line.replace("--model", with: try model ?? modelName(original))
      line.replace("--sampler", with: sampler)
      line.replace("--rng", with: rng)
      line.replace("--reference", with: reference)
      if let style = style(original, line) { line.restore(style) }
      if printsOnly { return print(line.text) }
      try checkReference(original, line)
      line.replace("--output", with: output)
      let flags = [json ? "--json" : nil, quiet ? "--quiet" : nil, preview ? "--preview=auto" : nil].compactMap(\.self)
      let command = try Generate.parse(flags + line.arguments)
      var isSame = true
      try command.run(redoOf: original.run?.id) { picture in
        guard verify else { return }
        let comparison = PictureComparison(original, picture)
        isSame = comparison.isSame
        for sentence in comparison.sentences { Console.note(sentence) }
      }
      if !isSame { throw ExitCode(1) }
    }

    /// What the name stands for: a run, or a picture file, of which the history may know more than it says itself.
    private func original() throws -> Original {
      guard FileManager.default.fileExists(atPath: name) else {
        let history = try OpenHistory(requiring: .seeOwnHistory)
        let run = try history.run(named: name)
        guard !run.shown(to: history.access).prompt.isEmpty else {
          throw Forbidden(permission: .seePrompts, access: history.access)
        }
        let picture = run.outputPath.flatMap { try? Picture(contentsOf: $0) }.flatMap {
          $0.pixelHash == run.pixelHash ? $0 : nil
        }
        return Original(run: run, line: RunCommandLine(run), picture: picture, parameters: nil)
      }
      let bytes = FileManager.default.contents(atPath: name) ?? Data()
      let report = try PictureReport(contentsOf: name)
      let picture = try Picture(contentsOf: name)
      if let known = try? recorded(SHA256.hash(data: bytes).hexadecimal) {
        return Original(run: known, line: RunCommandLine(known), picture: picture, parameters: nil)
      }
      guard var parameters = report.parameters, !parameters.prompt.isEmpty else {
        throw GenerationError.input("\(name) does not say how it was made, and the history does not know it.")
      }
      parameters.sampler = sampler ?? parameters.sampler
      parameters.randomSource = rng ?? parameters.randomSource
      let line = try RunCommandLine(parameters, tool: report.tool, reference: reference)
      return Original(run: nil, line: line, picture: picture, parameters: parameters)
    }

    /// The run that wrote such a file, where this person may see it.
    private func recorded(_ hash: String) throws -> Run? {
      let history = try OpenHistory()
      guard let run = try history.store.run(outputHash: hash) else { return nil }
      let isVisible = try? history.run(named: run.id).shown(to: history.access).prompt.isEmpty
      return isVisible == false ? run : nil
    }

    /// The model as `--model` takes it: by its name, or by its place where no model goes by that name.
    private func modelName(_ original: Original) throws -> String? {
      guard let name = original.line.value(of: "--model") else { return nil }
      let catalog = Installation.catalog
      if (try? catalog.find(name)) != nil { return name }
      if let path = original.run?.modelPath, let place = ModelPlace.containing(path) { return place }
      let hash = original.run?.modelHash ?? original.parameters?.modelHash
      if let hash, let entry = ModelPlace.installed(catalog, hash: hash) { return entry }
      throw GenerationError.input(
        "The model \"\(name)\"\(hash.map { " (hash \($0))" } ?? "") is not found here; name it by --model.")
    }

    /// The style that a picture file names, where the model has it.
    private func style(_ original: Original, _ line: RunCommandLine) -> Style? {
      let catalog = Installation.catalog
      guard let name = original.parameters?[other: "Style"],
        let model = try? catalog.open(catalog.find(line.value(of: "--model")))
      else { return nil }
      return try? model.profile.style(named: name)
    }

    /// Another reference makes another picture.
    private func checkReference(_ original: Original, _ line: RunCommandLine) throws {
      guard let path = line.value(of: "--reference"), let hash = original.run?.referenceHash else { return }
      guard let bytes = FileManager.default.contents(atPath: path) else {
        throw GenerationError.input(
          "The picture that it started from, \(path), cannot be read; name it by --reference.")
      }
      if SHA256.hash(data: bytes).hexadecimal != hash, !quiet {
        Console.warning("\(path) is not the picture that it started from: its SHA-256 differs.")
      }
    }
  }
}

/// What is painted again.
struct Original {
  /// Nil where only the file tells.
  let run: Run?
  let line: RunCommandLine
  /// Nil where it is gone, or no longer what was painted.
  let picture: Picture?
  let parameters: GenerationParameters?

  var pixelHash: String? { run?.pixelHash ?? picture?.pixelHash }
}

/// Where a model's weights lie.
private enum ModelPlace {
  /// The model that a file of weights belongs to: the folder with `model_index.json` above it, or itself.
  static func containing(_ path: String) -> String? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    var folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    for _ in 0..<3 where folder.path != "/" {
      if FileManager.default.fileExists(atPath: folder.appending(path: "model_index.json").path) { return folder.path }
      folder.deleteLastPathComponent()
    }
    return path
  }

  /// The installed model with that hash.
  static func installed(_ catalog: ModelCatalog, hash: String) -> String? {
    let hashes = ModelHash(cacheFolder: Installation.cacheFolder)
    return catalog.entries.first { entry in
      guard let model = try? catalog.open(entry), let digits = hashes(model.hashedFile) else { return false }
      return digits.hasPrefix(hash) || hash.hasPrefix(digits)
    }?.path
  }
}
