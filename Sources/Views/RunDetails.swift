import Engine
import Foundation
import History
import Painting
import System

/// A run in lines for a person.
package struct RunDetails {
  package let lines: [(name: String, value: String)]

  package init(_ run: Run) {
    var lines: [(String, String)] = []
    func add(_ name: String, _ value: String?) {
      if let value, !value.isEmpty { lines.append((name, value)) }
    }
    add("run", "\(run.number ?? 0), \(run.id)")
    add(
      "begun",
      RunTable.time(run.startedAt) + " by \(run.userName)" + (run.role.isEmpty ? "" : ", \(run.role),")
        + " on \(run.hostName)")
    add("outcome", run.outcome.rawValue + (run.exitStatus.map { ", exit status \($0)" } ?? ""))
    add("because", run.error)
    add("prompt", run.typedPrompt ?? run.prompt)
    add("style", run.style)
    add("as painted", run.typedPrompt == nil ? nil : run.prompt)
    add("negative", run.typedNegative ?? run.negative)
    add("as painted", run.typedNegative == nil ? nil : run.negative)
    add("size", run.width.flatMap { width in run.height.map { "\(width)x\($0)" } })
    add("aspect", run.aspect)
    add("model", run.model.map { $0 + (run.modelHash.map { " (\($0))" } ?? "") })
    add(
      "sampler",
      [run.sampler, run.schedule.map { "schedule \($0)" }, run.spacing.map { "spacing \($0)" }].compactMap(\.self)
        .joined(separator: ", "))
    add("steps", run.steps?.description)
    add("guidance", run.guidance?.description)
    add("seed", run.seed.map { "\($0)" + (run.rng.map { " (\($0))" } ?? "") })
    add("clip skip", run.clipSkip.flatMap { $0 == 0 ? nil : "\($0)" })
    add("also", RunDetails.others(run))
    add("syntax", run.promptSyntax == "plain" ? nil : run.promptSyntax)
    add(
      "reference",
      run.referencePath.map { RunDetails.listed($0) + (run.strength.map { ", strength \($0)" } ?? "") })
    add("its SHA-256", run.referenceHash.map(RunDetails.listed))
    add("inputs", InputHashes(run.inputHashes).map(RunDetails.listed))
    add("picture", run.outputPath)
    add("its SHA-256", run.outputHash)
    add("took", RunDetails.timings(run))
    add("memory", run.peakMemory.map { "\($0 / 1_000_000) MB at most" })
    add("guardrail", RunDetails.verdict(run))
    add("picture filter", run.nudity.map { "\($0)" })
    add("batch", run.batchID.map { $0 + (run.jobKey.map { ", job \($0)" } ?? "") })
    add("redo of", run.redoOf)
    add("rated", run.rating.map { String(repeating: "★", count: $0) + " (\($0) of 5)" })
    add("flags", run.flagWords.joined(separator: ", "))
    add("limn", run.version)
    if !run.prompt.isEmpty, run.editCommand == nil, let settings = try? PictureSettings(run) {
      add("again", settings.commandLine)
    }
    self.lines = lines
  }

  /// Several references, or what is said of each.
  private static func listed(_ text: String) -> String { text.replacing(ReferenceList.separator, with: ", ") }

  private static func listed(_ hashes: InputHashes) -> String {
    hashes.digits.sorted { $0.key < $1.key }
      .map { name, digits in "\(name) \(digits.map { $0 ?? "-" }.joined(separator: " "))" }.joined(separator: ", ")
  }

  /// What has no line of its own.
  private static func others(_ run: Run) -> String? {
    let shown = [
      "prompt", "negative", "style", "aspect", "width", "height", "model", "sampler", "schedule", "spacing", "steps",
      "guidance", "seed", "rng", "clip-skip", "prompt-syntax", "reference", "strength",
    ]
    let texts = run.settingTexts
    let others = Setting.all.map(\.name).filter { !shown.contains($0) }
    return others.compactMap { name in texts[name].map { "\(name)=\(listed($0))" } }.joined(separator: " ")
  }

  private static func timings(_ run: Run) -> String? {
    guard let total = run.totalSeconds else { return nil }
    let stages: [(String, Double?)] = [
      ("load", run.loadSeconds), ("encode", run.encodeSeconds), ("sample", run.sampleSeconds),
      ("decode", run.decodeSeconds), ("write", run.writeSeconds),
    ]
    let parts = stages.compactMap { stage in stage.1.map { "\(stage.0) \(Duration.brief($0))" } }
    return Duration.brief(total) + (parts.isEmpty ? "" : ": \(parts.joined(separator: ", "))")
  }

  private static func verdict(_ run: Run) -> String? {
    guard let decision = run.decision else { return nil }
    let stored = run.verdict.flatMap { try? JSONDecoder().decode(StoredVerdict.self, from: Data($0.utf8)) }
    guard decision != "allow" else {
      return stored?.guardrail == "off" ? "was switched off" : "nothing against it"
    }
    let reasons = stored?.reasons
    if let reason = reasons?.first(where: { $0.by == "safety_checker" }) {
      return
        "\(decision == "block" ? "withheld" : "blurred"): the model's own safety checker saw unsafe content, score \(reason.weight)"
    }
    let unique = (reasons ?? []).flatMap(\.words).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let because = unique.isEmpty ? "" : " because of \(unique.map { "“\($0)”" }.joined(separator: ", "))"
    return "\(decision == "block" ? "refused" : "warned"): \(run.category ?? "")\(because)"
  }

  /// As much of the guardrail's JSON as is shown.
  private struct StoredVerdict: Decodable {
    let reasons: [StoredReason]
    /// "off" where the policy had switched it off.
    let guardrail: String?

    struct StoredReason: Decodable {
      let by: String
      let weight: Double
      let words: [String]
    }
  }
}
