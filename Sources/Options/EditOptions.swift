import ArgumentParser
import Engine
import Images
import Painting
import System
import Terminal

/// Where changed pictures go, and what is said about them.
package struct EditOutputOptions: ParsableArguments, Sendable {
  @Option(
    name: .shortAndLong,
    help:
      "The PNG or JPEG to write, a folder for several, or '-' for standard output (default: beside each file, never overwriting).",
    completion: .file(extensions: ["png", "jpg", "jpeg"]))
  package var output: String?

  @Option(help: "What to write into the file: `full` (how it was made), `minimal` (that a model had a part) or `none`.")
  package var metadata: MetadataPolicy = .full

  @Flag(help: "Print one JSON object a picture on standard output.")
  package var json = false

  @Flag(help: "Leave no record of the run, where this installation allows that.")
  package var noHistory = false

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  package var quiet = false

  private static let formats: [String: PictureFormat] = [".png": .png, ".jpg": .jpeg, ".jpeg": .jpeg]

  private func format(of path: String) -> PictureFormat? {
    Self.formats.first { path.lowercased().hasSuffix($0.key) }?.value
  }

  private var isFolder: Bool { output.map { $0.hasSuffix("/") || PathKind($0) == .folder } ?? false }

  /// Refuses what makes no sense, before anything is read.
  package func start(_ machine: MachineOptions, files: [String]) throws -> Engine {
    try machine.check()
    guard files.count(where: { $0 == "-" }) < 2 else {
      throw UserError.request("Standard input is one picture: name the others.")
    }
    if output == "-" {
      guard files.count == 1 else { throw UserError.request("Standard output takes one picture.") }
      guard !json else { throw UserError.request("Standard output cannot take both the picture and --json.") }
      guard !Console.resultsAreWatched else {
        throw UserError.request("A PNG on the terminal helps nobody: redirect standard output.")
      }
    } else if let output, !isFolder {
      guard files.count == 1 else {
        throw UserError.request("--output \(output) is one file for \(files.count) pictures; name a folder.")
      }
      guard format(of: output) != nil else {
        throw UserError.request("limn writes PNG and JPEG: --output \(output) ends with neither .png nor .jpg.")
      }
    }
    MachineOptions.use(threads: machine.threads)
    return RunningEngine.start(omitsHistory: noHistory, isQuiet: quiet)
  }

  /// Changes file after file; one that cannot be read does not keep the others from it.
  package func edit(
    _ files: [String], _ edit: PictureEdit, _ engine: Engine, _ machine: MachineOptions, label: String
  ) throws {
    var failure: (any Error)?
    var written = 0
    for (index, name) in files.enumerated() {
      let bar = EditBar(isShown: Console.canRedraw && !quiet)
      do {
        let file = try PictureFile(namedOrPiped: name)
        if name != "-" { ProtectedFiles.protectInput(name, as: "the picture that is read") }
        let (place, format) = try place(of: name, file, edit)
        let prefix = files.count > 1 ? "\(label) \(index + 1)/\(files.count)" : label
        let picture = try engine.edit(
          file, edit, to: place, as: format, metadata: metadata, limit: machine.limit
        ) { done, total in bar.step(done, of: total, prefix: prefix) }
        bar.clear()
        written += 1
        try show(picture)
      } catch {
        bar.clear()
        guard files.count > 1, let status = ExitStatus(error), status != .resources else { throw error }
        Console.error("\(error)".asFlags)
        failure = failure ?? error
      }
    }
    guard let failure else { return }
    throw ExitCode((written > 0 ? ExitStatus.partial : ExitStatus(failure) ?? .fault).rawValue)
  }

  private func show(_ picture: EditedPicture) throws {
    if !quiet { for warning in picture.warnings { Console.warning(warning) } }
    if json {
      try Console.result(picture.json)
    } else if let path = picture.path, !quiet {
      try Console.result(Console.named(path))
    }
  }

  private func place(of name: String, _ file: PictureFile, _ edit: PictureEdit) throws -> (PicturePlace, PictureFormat)
  {
    if output == "-" { return (.stream(StandardOutput.write), file.format) }
    if let output, !isFolder { return (.file(output, ifTaken: .replace), format(of: output) ?? .png) }
    let parts = PathParts(name == "-" ? "picture" : name)
    let own = "\(parts.stem)-\(edit.suffix).\(file.format == .png ? "png" : "jpg")"
    let folder = output ?? (name.contains("/") ? parts.folder : "")
    return (
      .file(folder.isEmpty || folder.hasSuffix("/") ? folder + own : "\(folder)/\(own)", ifTaken: .rename), file.format
    )
  }

  package init() {}
}

/// A bar that a closure may move.
private final class EditBar {
  private var bar: ProgressBar

  init(isShown: Bool) { bar = ProgressBar(isShown: isShown) }

  func step(_ done: Int, of total: Int, prefix: String) { bar.step(done, of: total, prefix: prefix) }
  func clear() { bar.clear() }
}
