import ArgumentParser
import Engine
import Foundation
import Images
import ManualPages
import System

/// `limn manual FOLDER`: the manual pages, written from the commands themselves; `make install` calls it.
struct Manual: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write limn's manual pages into a folder.", shouldDisplay: false)

  @Argument(help: "The folder for limn.1, limn-batch.1 and so on.")
  var folder: String

  func run() throws {
    let help = try JSONDecoder().decode(CommandHelp.Root.self, from: Data(Limn._dumpHelp().utf8)).command
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for page in ManualPage.all(of: help) {
      try AtomicFile.save(Array(page.text.utf8), to: "\(folder)/\(page.name).1", ifTaken: .replace)
    }
  }
}
