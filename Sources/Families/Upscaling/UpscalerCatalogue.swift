import Checkpoints
import Foundation
import System

extension ModelCatalog {
  /// The upscaler of choice.
  package static let standardUpscaler = "realesrgan-x4plus"

  /// Where networks of others lie that limn carries; nil where it was built without.
  ///
  /// - Parameter name: Of the package's recipe in `weights/packages`.
  func fetchedFolder(_ name: String) -> String? {
    weightsFolder.map { "\($0)/fetched/\(name)" }.flatMap { PathKind($0) == .folder ? $0 : nil }
  }

  /// Upscalers of people's own, in a folder beside that for models.
  private var ownUpscalers: NamedFiles { namedFiles(in: "upscalers", kind: "upscaler") }

  /// Every upscaler by name, those that limn carries first.
  package var upscalers: [(name: String, path: String)] {
    let carried =
      fetchedFolder("upscalers").map { folder in
        FileTree.names(in: folder).filter { $0.hasSuffix(".safetensors") }.map {
          (name: $0.weightsStem, path: "\(folder)/\($0)")
        }
      } ?? []
    return carried + ownUpscalers.files.filter { own in !carried.contains { $0.name == own.name } }
  }

  /// Whether limn carries the upscaler itself, so that naming it chooses no file.
  package func carriesUpscaler(_ name: String?) -> Bool {
    guard let name else { return true }
    guard !name.contains("/") else { return false }
    return fetchedFolder("upscalers").map { PathKind("\($0)/\(name).safetensors") == .file } ?? false
  }

  /// Opens an upscaler: one of those that limn carries, one of the installed ones, or a file; nil for the one of choice.
  ///
  /// - Throws: A sentence where there is none of that name, or it holds no network that limn runs.
  package func upscaler(_ name: String?) throws -> PictureUpscaler {
    let name = name ?? Self.standardUpscaler
    if PathKind(name) == .file { return try PictureUpscaler(path: name, name: name.weightsStem) }
    let known = upscalers
    if let found = known.first(where: { $0.name == name }) { return try PictureUpscaler(path: found.path, name: name) }
    if fetchedFolder("upscalers") == nil, Self.carriedUpscalers.contains(name) {
      throw UserError.input(
        "This program was built without \(name), which `make build` packs into it where there is a network; name a file by `upscaler` (.safetensors or .pth, as ESRGAN and Real-ESRGAN)."
      )
    }
    let list = known.isEmpty ? "none is installed" : "there are \(known.map(\.name).joined(separator: ", "))"
    throw UserError.request("There is no upscaler \"\(name)\": it is no file, and \(list).")
  }

  private static let carriedUpscalers = ["realesr-animevideov3", "realesrgan-x4plus", "realesrgan-x4plus-anime"]
}
