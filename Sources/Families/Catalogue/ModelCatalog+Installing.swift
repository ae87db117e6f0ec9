import Checkpoints
import Foundation
import System

extension ModelCatalog {
  /// Where the sums of what was added are kept.
  private var sumsFolder: String { "\(modelsFolder)/.sums" }

  /// Gives a checkpoint a name in the models folder.
  ///
  /// - Parameters:
  ///   - name: Nil for the file's or folder's own, without an ending.
  ///   - copies: Whether the files are copied; else a link leads to where they are.
  /// - Throws: ``UserError`` where it is no checkpoint, or the name is taken or none.
  package func add(_ path: String, as name: String?, copies: Bool) throws -> Entry {
    let source = URL(fileURLWithPath: path).standardizedFileURL
    var ending = ""
    switch PathKind(path) {
    case .missing: throw UserError.input("There is no file or folder \(path.harmlessName).")
    case .folder: _ = try ModelFolder(path: path)
    case .file:
      _ = try CheckpointFiles.open(path)
      ending = PathParts(source.path).ending
      guard CheckpointFiles.stem(of: source.lastPathComponent) != nil else {
        throw UserError.request(
          "\(path.harmlessName) has not the ending of a checkpoint, such as .safetensors or .gguf.")
      }
    }
    let stem = name ?? (ending.isEmpty ? source.lastPathComponent : source.deletingPathExtension().lastPathComponent)
    guard ModelCatalog.isName(stem) else {
      throw UserError.request(
        "\"\(stem.harmlessName)\" is no name for a model: no slashes, and no dot at the beginning.")
    }
    if let other = entries.first(where: { $0.name == stem })
      ?? KnownModel.named(stem).map({ Entry(name: $0.name, path: $0.repository, origin: "") })
    {
      throw UserError.request("The name \"\(stem)\" is taken by \(other.path); choose another by `name`.")
    }
    let place = "\(modelsFolder)/\(stem)\(ending)"
    let manager = FileManager.default
    do {
      try manager.createDirectory(atPath: modelsFolder, withIntermediateDirectories: true)
      if copies {
        let passing = "\(modelsFolder)/.\(UUID().uuidString).tmp"
        defer { try? manager.removeItem(atPath: passing) }
        try ModelCatalog.copy(source.path, to: passing)
        try manager.moveItem(atPath: passing, toPath: place)
      } else {
        try manager.createSymbolicLink(atPath: place, withDestinationPath: source.path)
      }
    } catch {
      throw UserError.input("\(place) cannot be made: \(error.localizedDescription)")
    }
    return Entry(name: stem, path: place, origin: "installed")
  }

  /// Copies what links lead to rather than links, so that the copy depends on nothing.
  private static func copy(_ path: String, to place: String) throws {
    guard PathKind(path) == .folder else {
      return try FileManager.default.copyItem(atPath: SymbolicLink.end(of: path), toPath: place)
    }
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    for name in FileTree.names(in: path) where !name.hasPrefix(".") {
      try copy("\(path)/\(name)", to: "\(place)/\(name)")
    }
  }

  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".") && !name.hasPrefix("-") && name.utf8.count <= 200 && name != bundledName
      && !name.unicodeScalars.contains { $0 == "/" || $0 == "\\" || $0.value < 0x20 || $0.value == 0x7F }
  }

  /// Notes what the files of an installed model hash to.
  ///
  /// - Parameter report: Hears of each file before it is read.
  package func noteSums(of entry: Entry, _ report: (String) -> Void) throws {
    var lines = ""
    for path in ModelCatalog.files(of: entry) {
      report(path)
      guard let sum = ChecksumList.sum(of: "\(modelsFolder)/\(path)") else {
        throw UserError.input("\(modelsFolder)/\(path) cannot be read.")
      }
      lines += "\(sum)  \(path)\n"
    }
    try? FileManager.default.createDirectory(atPath: sumsFolder, withIntermediateDirectories: true)
    try AtomicFile.save(Array(lines.utf8), to: "\(sumsFolder)/\(PathParts(entry.path).name)", ifTaken: .replace)
  }

  /// What was noted of an installed model; nil where nothing was.
  package func sums(of entry: Entry) throws -> ChecksumList? {
    try ChecksumList(file: "\(sumsFolder)/\(PathParts(entry.path).name)", folder: modelsFolder)
  }

  /// Takes an installed model away: a link, or its files.
  ///
  /// - Throws: ``UserError/input(_:)`` where that fails.
  package func remove(_ entry: Entry) throws {
    guard entry.origin == "installed" else {
      throw UserError.request("\(entry.name) is not of \(modelsFolder), so it is left alone.")
    }
    do {
      try FileManager.default.removeItem(atPath: entry.path)
      try? FileManager.default.removeItem(atPath: "\(sumsFolder)/\(PathParts(entry.path).name)")
    } catch {
      throw UserError.input("\(entry.path) cannot be removed: \(error.localizedDescription)")
    }
  }

  /// The files of an installed model, as paths in the models folder.
  private static func files(of entry: Entry) -> [String] {
    func below(_ folder: String, _ path: String) -> [String] {
      FileTree.names(in: folder).filter { !$0.hasPrefix(".") }.flatMap { name in
        PathKind("\(folder)/\(name)") == .folder ? below("\(folder)/\(name)", "\(path)/\(name)") : ["\(path)/\(name)"]
      }
    }
    let name = PathParts(entry.path).name
    return PathKind(entry.path) == .folder ? below(entry.path, name) : [name]
  }
}
