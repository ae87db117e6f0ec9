import ArgumentParser
import Engine
import System

/// `limn licences`: the notices of what was packed into the program.
struct Licences: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the licences of what is packed into limn: the works behind the bundled model, CLIP's vocabulary.")

  /// In the folder of the weights.
  private static let notices = [
    (title: "The bundled model", file: "NOTICE"),
    (title: "CLIP's vocabulary (open-clip-torch)", file: "vocabulary/LICENSE"),
  ]

  func run() throws {
    print("limn itself is under the Apache License 2.0.")
    guard let folder = Installation.current.catalog.weightsFolder else { return }
    for notice in Licences.notices where PathKind("\(folder)/\(notice.file)") == .file {
      let text = try FileTree.read("\(folder)/\(notice.file)", atMost: 1 << 20)
      print("\n\(notice.title)\n\n\(String(decoding: text, as: UTF8.self))", terminator: "")
    }
  }
}
