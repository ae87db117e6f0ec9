import Checkpoints
import System

extension ModelCatalog {
  /// What weights are converted to, by the names of types.
  package static var conversionTypes: [String] { ConversionTarget.allCases.map(\.rawValue) }

  /// Writes a model anew with weights of another type.
  ///
  /// - Parameters:
  ///   - type: One of ``conversionTypes``.
  ///   - loras: What becomes part of the weights.
  ///   - destination: Where nothing lies yet: a file for a file, a folder for a folder.
  ///   - report: Hears of each file before it is written, with its size in bytes.
  /// - Throws: ``UserError`` where there is no such type, or the file's ending is that of another format.
  package func convert(
    _ entry: Entry, to type: String, loras: [AdapterWish] = [], destination: String,
    _ report: (String, Int) -> Void = { _, _ in }
  ) throws {
    guard let target = ConversionTarget(rawValue: type) else {
      let known = ModelCatalog.conversionTypes.joined(separator: ", ")
      throw UserError.request("There is no type \"\(type)\" to convert to; there are \(known).")
    }
    guard ModelCatalog.isFolder(entry) || destination.hasSuffix(target.fileEnding) else {
      throw UserError.request("A file of \(type) is called something\(target.fileEnding), not \(destination).")
    }
    try ModelConversion(path: entry.path, to: target, adapters: adapters(loras)).write(to: destination, report)
  }

  private static func isFolder(_ entry: Entry) -> Bool { PathKind(entry.path) == .folder }
}
