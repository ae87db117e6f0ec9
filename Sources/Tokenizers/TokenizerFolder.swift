import Foundation
import System

/// The files of a tokenizer, read whole, none larger than any real one.
struct TokenizerFolder {
  let url: URL

  private static let largestFile = 64 << 20

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// The bytes of a file; nil where there is none.
  func read(_ name: String) throws(TokenizerError) -> [UInt8]? {
    do {
      let bytes = try FileTree.read(path(name), atMost: Self.largestFile)
      ProtectedFiles.protectInput(FileTree.place(of: path(name)).path, as: ProtectedFiles.model)
      return bytes
    } catch {
      switch error {
      case .missing: return nil
      case .unreadable: throw .unreadable(file: path(name), reason: "\(error)")
      case .tooLarge: throw .damaged(file: path(name), problem: "\(error)")
      }
    }
  }

  func readRequired(_ name: String) throws(TokenizerError) -> [UInt8] {
    guard let bytes = try read(name) else { throw missing(name) }
    return bytes
  }

  func missing(_ name: String) -> TokenizerError {
    .unreadable(
      file: path(name), reason: "there is no such file; expected vocab.json and merges.txt, or tokenizer.json")
  }
}
