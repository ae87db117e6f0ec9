import Images
import Painting
import System

extension PictureReport {
  /// What is known, a line each.
  package var lines: [(name: String, value: String)] {
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
  package var pairs: [(name: String, value: String)] {
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
package struct InspectionRecord: Encodable {
  package let file: String
  package let format: String
  package let width: Int
  package let height: Int
  package let bitDepth: Int
  package let madeByAI: Bool
  package let digitalSourceType: String?
  package let tool: String?
  package let parameters: [String: String]?
  package let texts: [String: String]

  package init(_ report: PictureReport) {
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
