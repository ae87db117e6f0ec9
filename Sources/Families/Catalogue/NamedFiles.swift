import Checkpoints
import Foundation
import System

/// Files of weights that are found by name in a folder of their own: LoRAs, textual inversions.
package struct NamedFiles: Sendable {
  package let folder: String
  /// What one of them is called in sentences.
  package let kind: String
  /// Where files that were pulled lie.
  let cache: HuggingFaceCache

  /// Those in the folder by name, sorted: without their endings, with the folder's name before those that lie in one.
  package var files: [(name: String, path: String)] {
    let places = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return places.compactMap { place in
      CheckpointFiles.stem(of: place).map { (name: $0, path: "\(folder)/\(place)") }
    }.sorted { ($0.name, $0.path) < ($1.name, $1.path) }
  }

  /// The file of that name: one of the folder, by its whole name or by its last part, one of the Hugging Face cache
  /// (`org/name/file.safetensors`), or a path.
  ///
  /// - Throws: ``UserError`` where there is none.
  package func path(_ name: String) throws(UserError) -> String {
    if PathKind(name) == .file { return name }
    let files = files
    let stem = CheckpointFiles.stem(of: name) ?? name
    if let found = files.first(where: { $0.name == stem }) ?? files.first(where: { $0.name.hasSuffix("/\(stem)") }) {
      return found.path
    }
    if let path = cache.file(name) { return path }
    let known = files.isEmpty ? "which is empty" : "which has \(files.map(\.name).joined(separator: ", "))"
    throw .input("There is no \(kind) \"\(stem)\": it is neither a file nor one of \(folder), \(known).")
  }
}

extension ModelCatalog {
  /// Those in a folder beside that for models.
  func namedFiles(in name: String, kind: String) -> NamedFiles {
    NamedFiles(folder: folder(beside: name), kind: kind, cache: cache)
  }
}

extension String {
  /// The name of a file of weights without folders and ending.
  package var weightsStem: String {
    let file = split(separator: "/").last.map(String.init) ?? self
    return CheckpointFiles.stem(of: file) ?? file
  }
}
