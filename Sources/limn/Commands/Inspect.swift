import ArgumentParser
import Engine
import Foundation
import Images
import Painting
import System
import Terminal

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

extension PictureReport {
  /// What is known, a line each.
  fileprivate var lines: [(name: String, value: String)] {
    var lines: [(String, String)] = [
      ("picture", "\(format.rawValue), \(width)x\(height), \(bitDepth) bits a channel"),
      ("made by AI", source.map { $0.isMadeByModel ? "yes (\($0))" : "marked \($0)" } ?? "not marked"),
    ]
    if let tool { lines.append(("tool", tool)) }
    for (name, value) in parameters?.pairs ?? [] { lines.append((name, value)) }
    if parameters == nil {
      lines += texts.filter { $0.keyword != DigitalSource.chunkKeyword }.map { (named($0.keyword), $0.text) }
    }
    return lines
  }
}

/// Labels that are limn's own.
private let ownLabels: Set<String> = ["picture", "made by ai", "tool"]

/// A key of anybody's; in quotes where it is one of limn's, whose place it may not take.
private func named(_ key: String) -> String { ownLabels.contains(key.lowercased()) ? "\"\(key)\"" : key }

extension GenerationParameters {
  /// The values that are there, in order, under the names of limn's flags.
  var pairs: [(name: String, value: String)] {
    let known: [(String, String?)] = [
      ("prompt", prompt), ("negative", negativePrompt.isEmpty ? nil : negativePrompt), ("seed", seed?.description),
      ("steps", steps?.description), ("guidance", guidance?.description), ("sampler", sampler),
      ("schedule", schedule), ("size", width.flatMap { width in height.map { "\(width)x\($0)" } }),
      ("model", model), ("model hash", modelHash), ("strength", strength?.description),
      ("clip skip", clipSkip.map { "\($0 - 1)" }), ("rng", randomSource), ("lora", settingTexts["lora"]),
    ]
    let own = known.compactMap { name, value in value.map { (name, $0) } }
    let names = Set(own.map(\.0) + ["version"])
    return own + others.map { (names.contains($0.key.lowercased()) ? "\"\($0.key)\"" : named($0.key), $0.value) }
      + (version.map { [("version", $0)] } ?? [])
  }
}

/// What `--json` prints of a picture.
private struct InspectionRecord: Encodable {
  let file: String
  let format: String
  let width: Int
  let height: Int
  let bitDepth: Int
  let madeByAI: Bool
  let digitalSourceType: String?
  let tool: String?
  let parameters: [String: String]?
  let texts: [String: String]

  init(_ report: PictureReport) {
    file = report.name
    format = report.format.rawValue
    width = report.width
    height = report.height
    bitDepth = report.bitDepth
    madeByAI = report.source?.isMadeByModel ?? false
    digitalSourceType = report.source?.code
    tool = report.tool
    parameters = report.parameters.map { Dictionary($0.pairs.map { ($0.name, $0.value) }) { first, _ in first } }
    texts = Dictionary(report.texts.map { ($0.keyword, $0.text) }) { first, _ in first }
  }
}
