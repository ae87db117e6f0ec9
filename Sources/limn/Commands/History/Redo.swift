import ArgumentParser
import Crypto
import Engine
import Families
import Foundation
import History
import Images
import Painting
import Synchronization
import System
import Terminal

extension HistoryCommand {
  /// `limn history redo`
  struct Redo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Paint a run's picture again, or one that a picture file describes (limn's, A1111's, ComfyUI's, InvokeAI's ...).",
      discussion:
        "What the flags name replaces what was recorded. Everything that decides the picture is taken from there.")

    @Argument(
      help: ArgumentHelp(
        "A run's number, `last`, the beginning of its identifier, or a picture.", valueName: "run"),
      completion: .file(extensions: ["png", "jpg", "jpeg"])
    )
    var name: String

    @Flag(help: "Compare with the first picture and say what differs; exit status 1 where it is another.")
    var verify = false

    @Flag(name: .customLong("print"), help: "Print the command line instead of running it.")
    var printsOnly = false

    @OptionGroup(title: "Another picture") var picture: SettingOptions<PictureGroup>
    @OptionGroup(title: "Another sampling") var sampling: SettingOptions<SamplingGroup>
    @OptionGroup(title: "Machine") var machine: MachineOptions
    @OptionGroup(title: "Choosing") var choosing: MatchOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    func run() async throws {
      let replacements = picture.texts.merging(sampling.texts) { first, _ in first }
      let original = try Original(named: name, replacing: replacements)
      if let sentence = original.unfollowedSentence, !output.quiet { Console.warning(sentence) }
      var settings = original.settings
      if replacements["model"] == nil { settings.model = try modelName(original) }
      if printsOnly { return print(settings.commandLine) }
      try checkReference(original, settings)
      let isAnother = AnotherPicture()
      try await PaintCommand(
        settings: settings, machine: machine, choosing: choosing, output: output, redoOf: original.run?.id
      ) { picture in
        guard verify else { return }
        let comparison = PictureComparison(original, picture)
        if !comparison.isSame { isAnother.note() }
        for sentence in comparison.sentences { Console.note(sentence) }
      }.run()
      if isAnother.isNoted { throw ExitCode(1) }
    }

    /// The model as `--model` takes it: by its name, or by its place where no model goes by that name.
    private func modelName(_ original: Original) throws -> String? {
      guard let name = original.settings.model else { return nil }
      let catalog = Installation.current.catalog
      if (try? catalog.find(name)) != nil { return name == ModelCatalog.bundledName ? nil : name }
      if let path = original.run?.modelPath, let place = ModelPlace.containing(path) { return place }
      let hash = original.run?.modelHash ?? original.parameters?.modelHash
      if let hash, let entry = ModelPlace.installed(catalog, hash: hash) { return entry }
      throw UserError.input(
        "The model \"\(name)\"\(hash.map { " (hash \($0))" } ?? "") is not found here; name it by --model.")
    }

    /// Another reference makes another picture.
    private func checkReference(_ original: Original, _ settings: PictureSettings) throws {
      let given = InputHashes(original.run?.inputHashes)?.digits ?? [:]
      try check([settings.maskPath].compactMap(\.self), given["mask"], of: "mask")
      try check(settings.pictures.wishes.map(\.path), given["ip-reference"], of: "ip-reference")
      try check(settings.controls.wishes.map(\.path), given["control"], of: "control")
      let hashes = original.run?.referenceHash?.split(separator: ReferenceList.separator).map(String.init) ?? []
      try check(settings.references.paths, hashes, of: "reference")
    }

    /// - Parameter name: Of the setting.
    private func check(_ paths: [String], _ hashes: [String?]?, of name: String) throws {
      guard let hashes, hashes.count == paths.count else { return }
      for case (let path, let hash?) in zip(paths, hashes) where path != "-" {
        let what = name == "reference" ? "picture that it started from" : "picture of its --\(name)"
        guard let bytes = try? FileTree.read(path, atMost: 1 << 30) else {
          throw UserError.input("The \(what), \(path), cannot be read; name it by --\(name).")
        }
        if SHA256.hash(data: bytes).hexadecimal != hash, !output.quiet {
          Console.warning("\(path) is not the \(what): its SHA-256 differs.")
        }
      }
    }
  }
}

/// Whether a picture came out that is not the first one.
private final class AnotherPicture: Sendable {
  private let mark = Atomic<Bool>(false)

  func note() { mark.store(true, ordering: .relaxed) }
  var isNoted: Bool { mark.load(ordering: .relaxed) }
}

/// What is painted again.
struct Original: Sendable {
  /// Nil where only the file tells.
  let run: Run?
  let settings: PictureSettings
  /// Nil where it is gone, or no longer what was painted.
  let picture: Picture?
  /// Nil where the history knows the run.
  let parameters: GenerationParameters?

  var pixelHash: String? { run?.pixelHash ?? picture?.pixelHash }

  /// - Parameters:
  ///   - name: A run, or a picture file, of which the history may know more than it says itself.
  ///   - replacements: What takes the place of what was recorded, by the names of settings.
  init(named name: String, replacing replacements: [String: String]) throws {
    if FileManager.default.fileExists(atPath: name) {
      try self.init(file: name, replacements)
    } else {
      let history = try OpenHistory(requiring: .seeOwnHistory)
      let run = try history.run(named: name)
      guard !run.shown(to: history.access).prompt.isEmpty else {
        throw Forbidden(permission: .seePrompts, access: history.access)
      }
      let picture = run.picture
      try self.init(run, picture: picture.flatMap { $0.pixelHash == run.pixelHash ? $0 : nil }, replacements)
    }
  }

  private init(run: Run?, settings: PictureSettings, picture: Picture?, parameters: GenerationParameters?) {
    self.run = run
    self.settings = settings
    self.picture = picture
    self.parameters = parameters
  }

  private init(_ run: Run, picture: Picture?, _ replacements: [String: String]) throws {
    if let command = run.editCommand {
      let file = run.referencePath ?? "FILE"
      throw UserError.request(
        "That run painted nothing: `limn \(command)` changed \(file.harmlessName); say that again.")
    }
    let settings = try PictureSettings(run.settingTexts.merging(replacements) { $1 })
    self.init(run: run, settings: settings, picture: picture, parameters: nil)
  }

  private init(file: String, _ replacements: [String: String]) throws {
    let bytes = FileManager.default.contents(atPath: file) ?? Data()
    let report = try PictureReport(contentsOf: file)
    let picture = try Picture(contentsOf: file)
    if let known = try? Original.recorded(SHA256.hash(data: bytes).hexadecimal) {
      try self.init(known, picture: picture, replacements)
      return
    }
    guard let parameters = report.completed, !parameters.prompt.isEmpty else {
      throw UserError.input(Original.sentence(noPromptIn: report))
    }
    let settings = try Original.settings(parameters, replacements)
    self.init(run: nil, settings: settings, picture: picture, parameters: parameters)
  }

  /// The run that wrote such a file, where this person may see it.
  private static func recorded(_ hash: String) throws -> Run? {
    let history = try OpenHistory()
    guard let run = try history.store.run(outputHash: hash) else { return nil }
    let isVisible = try? history.run(named: run.id).shown(to: history.access).prompt.isEmpty
    return isVisible == false ? run : nil
  }

  private static func sentence(noPromptIn report: PictureReport) -> String {
    guard let tool = report.tool, !report.texts.isEmpty, !tool.hasPrefix("limn ") else {
      return "\(report.name) does not say how it was made, and the history does not know it."
    }
    return "What \(tool) wrote into \(report.name) names no prompt that limn understands; `limn inspect` shows it."
  }

  /// What the picture says and no setting follows, in one sentence; nil where there is nothing.
  var unfollowedSentence: String? {
    guard let parameters, parameters.version?.hasPrefix("limn ") != true else { return nil }
    let others = parameters.unfollowed
    guard !others.isEmpty else { return nil }
    let told = others.prefix(12).map { other in
      let value = other.value.harmlessLine
      return "\(other.key.harmlessName) \(value.count > 60 ? value.prefix(57) + "..." : value[...])"
    }
    let rest = others.count > 12 ? " and \(others.count - 12) more" : ""
    return "Not followed, so that the picture may differ: \(told.joined(separator: "; "))\(rest)."
  }

  /// What a picture says of itself.
  private static func settings(
    _ parameters: GenerationParameters, _ replacements: [String: String]
  ) throws -> PictureSettings {
    let names = parameters[other: "References"]
    guard parameters.strength == nil && names == nil || replacements["reference"] != nil else {
      throw UserError.request(
        "The picture began as another one\(names.map { " (\($0))" } ?? ""), which it does not hold; name that by --reference."
      )
    }
    if let mask = parameters[other: "Mask"], mask != PictureSettings.alphaMask, replacements["mask"] == nil {
      throw UserError.request(
        "A part of another picture was painted anew, by the mask \(mask), which it does not hold; name that by --mask.")
    }
    if let control = parameters[other: "Control"], replacements["control"] == nil {
      throw UserError.request(
        "The picture followed another one (\(control)), which it does not hold; name that by --control.")
    }
    if let followed = parameters[other: "IP references"], replacements["ip-reference"] == nil {
      throw UserError.request(
        "The picture followed other ones (\(followed)), which it does not hold; name them by --ip-reference.")
    }
    var texts = parameters.settingTexts
    if replacements["lora"] != nil {
      texts["prompt"] = PictureSettings.withoutLoRATags(parameters.prompt)
    }
    var settings = try PictureSettings(texts.merging(replacements) { $1 }, of: "picture")
    restoreStyle(&settings)
    return settings
  }

  /// The prompt holds the words of a style already; one that finishes the picture is asked for again by its name.
  private static func restoreStyle(_ settings: inout PictureSettings) {
    let catalog = Installation.current.catalog
    let style = settings.style.flatMap { name in
      (try? catalog.open(catalog.find(settings.model)))?.defaults.styles.first { $0.name == name }
    }
    settings.style = nil
    guard let style, style.finish != nil, let typed = style.typed(settings.prompt) else { return }
    settings.prompt = typed
    settings.style = style.name
  }
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
    let hashes = ModelHash(cacheFolder: Installation.current.cacheFolder)
    return catalog.entries.first { entry in
      guard let model = try? catalog.open(entry), let digits = hashes(model.hashedFile) else { return false }
      return digits.hasPrefix(hash) || hash.hasPrefix(digits)
    }?.path
  }
}
