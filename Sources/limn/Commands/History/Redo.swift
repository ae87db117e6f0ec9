import ArgumentParser
import Crypto
import Engine
import Families
import Foundation
import History
import Images
import Options
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
