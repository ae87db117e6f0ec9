import ArgumentParser
import Engine
import System

/// `limn licences`: the notices of what was packed into the program.
struct Licences: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the licences of what is packed into limn: works behind the bundled model, others' data files.")

  func run() throws {
    print("limn itself is under the Apache License 2.0.")
    guard let folder = Installation.current.catalog.weightsFolder else { return }
    try show("The bundled model", "\(folder)/NOTICE")
    for name in FileTree.names(in: "\(folder)/fetched") {
      let package = "\(folder)/fetched/\(name)"
      try show(text("\(package)/TITLE")?.split(separator: "\n").first.map(String.init) ?? name, "\(package)/LICENSE")
    }
  }

  private func show(_ title: String, _ file: String) throws {
    if let text = try text(file) { print("\n\(title)\n\n\(text)", terminator: "") }
  }

  private func text(_ file: String) throws -> String? {
    guard PathKind(file) == .file else { return nil }
    return String(decoding: try FileTree.read(file, atMost: 1 << 20), as: UTF8.self)
  }
}
