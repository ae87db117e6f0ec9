import ArgumentParser
import Engine
import Foundation
import Images
import System

/// `limn inspect FILE`: how a picture was made, as far as the picture says.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show what a picture says about how it was made.")

  @Argument(help: "A PNG or JPEG; '-' reads it from standard input.")
  var file: String

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let report =
      file == "-"
      ? try PictureReport(bytes: Array(StandardInput.read()), name: "standard input")
      : try PictureReport(contentsOf: file)
    if json {
      print(try InspectionRecord(report).json)
    } else {
      for (name, value) in report.lines {
        let label = name.padding(toLength: max(14, name.count + 2), withPad: " ", startingAt: 0)
        print(label + value.harmless)
      }
    }
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
      lines += texts.filter { $0.keyword != DigitalSource.chunkKeyword }.map { ($0.keyword, $0.text) }
    }
    return lines
  }
}

extension GenerationParameters {
  /// The values that are there, in order, under the names of limn's flags.
  var pairs: [(name: String, value: String)] {
    let known: [(String, String?)] = [
      ("prompt", prompt), ("negative", negativePrompt.isEmpty ? nil : negativePrompt), ("seed", seed?.description),
      ("steps", steps?.description), ("guidance", guidance?.description), ("sampler", sampler),
      ("schedule", schedule), ("size", width.flatMap { width in height.map { "\(width)x\($0)" } }),
      ("model", model), ("model hash", modelHash), ("strength", strength?.description),
      ("clip skip", clipSkip.map { "\($0 - 1)" }), ("rng", randomSource),
    ]
    return known.compactMap { name, value in value.map { (name, $0) } } + others.map { ($0.key, $0.value) }
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
