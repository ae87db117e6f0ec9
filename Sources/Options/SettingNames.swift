import Engine
import Foundation
import System

/// What a shell offers for names that stand in no list of flags: it asks limn.
package enum SettingNames {
  /// Styles of the bundled model, or of the one that the command line names.
  @Sendable
  package static func styles(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    let named = Array(zip(words, words.dropFirst())).last { ["-m", "--model"].contains($0.0) }?.1
    let catalog = Installation.current.catalog
    guard let entry = try? catalog.find(named), let model = try? catalog.open(entry) else { return [] }
    return model.defaults.styles.map(\.name.harmlessLine)
  }

  /// What may follow a setting, for the line of `limn -i`.
  @Sendable
  package static func of(_ setting: String) -> [String] {
    switch setting {
    case "style": styles([], 0, "")
    case "model": models([], 0, "")
    default: []
    }
  }

  /// Installed models, and files and folders that may be one.
  @Sendable
  package static func models(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    let folder = prefix.contains("/") ? String(prefix[...(prefix.lastIndex(of: "/") ?? prefix.startIndex)]) : ""
    let files = FileTree.names(in: folder.isEmpty ? "." : folder).filter { name in
      !name.hasPrefix(".")
        && (PathKind(folder + name) == .folder || name.hasSuffix(".safetensors") || name.hasSuffix(".gguf"))
    }
    return Installation.current.catalog.entries.map(\.name) + files.map { folder + $0 }
  }
}
