import ArgumentParser
import Engine
import Foundation
import Images
import Painting
import System
import Terminal
import Views

/// `limn inspect FILE...`: how pictures were made, as far as they say.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show what pictures say about how they were made.")

  @Argument(
    help: "Pictures (PNG, JPEG, WebP); '-' reads one from standard input.",
    completion: .file(extensions: ["png", "jpg", "jpeg"]))
  var files: [String]

  @Flag(help: "Print one JSON object a file.")
  var json = false

  func run() throws {
    guard files.count > 1 else {
      try show(report(of: files[0]))
      return
    }
    var isComplete = true
    for (index, file) in files.enumerated() {
      do {
        let report = try report(of: file)
        if !json { print((index == 0 ? "" : "\n") + file.harmlessName) }
        try show(report)
      } catch {
        Console.error("\(error)")
        isComplete = false
      }
    }
    if !isComplete { throw ExitCode(ExitStatus.unreadable.rawValue) }
  }

  private func report(of file: String) throws(PictureError) -> PictureReport {
    file == "-"
      ? try PictureReport(descriptor: STDIN_FILENO, name: "standard input")
      : try PictureReport(contentsOf: file)
  }

  private func show(_ report: PictureReport) throws {
    if json {
      print(try InspectionRecord(report).json)
    } else {
      for (name, value) in report.lines { print(Self.line(name, value)) }
    }
  }

  /// The label and the value beside it; what follows a line end in the value stands under its beginning.
  private static func line(_ name: String, _ value: String) -> String {
    let name = name.harmlessName
    let label = name.padding(toLength: max(14, name.count + 2), withPad: " ", startingAt: 0)
    return label + value.harmless.replacing("\n", with: "\n" + String(repeating: " ", count: 14))
  }
}
