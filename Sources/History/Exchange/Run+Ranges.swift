import Foundation

extension Run {
  /// What no run of limn's can hold, as the end of a sentence: `"steps" is 0; a run has 1 to 1000`. Nil where all is well.
  var impossibility: String? {
    wholeNumberFault ?? numberFault ?? timeFault ?? wordFault
  }

  private var wholeNumberFault: String? {
    let ranges: [(String, Int64?, ClosedRange<Int64>)] = [
      ("width", width.map(Int64.init), 1...1 << 20), ("height", height.map(Int64.init), 1...1 << 20),
      ("steps", steps.map(Int64.init), 1...1000), ("clip_skip", clipSkip.map(Int64.init), 0...1000),
      ("rating", rating.map(Int64.init), 1...5), ("exit_status", exitStatus.map(Int64.init), 0...255),
      ("output_bytes", outputBytes, 0...1 << 50), ("peak_memory", peakMemory, 0...1 << 50),
      ("user_id", userID, 0...1 << 32), ("process_id", processID, 0...1 << 32),
    ]
    for case (let name, let value?, let range) in ranges where !range.contains(value) {
      return "\"\(name)\" is \(value); a run has \(range.lowerBound) to \(range.upperBound)"
    }
    return nil
  }

  private var numberFault: String? {
    let year = 366.0 * 86_400
    let ranges: [(String, Double?, ClosedRange<Double>)] = [
      ("guidance", guidance, 0...100), ("strength", strength, 0...1), ("score", score, 0...1),
      ("load_seconds", loadSeconds, 0...year), ("encode_seconds", encodeSeconds, 0...year),
      ("sample_seconds", sampleSeconds, 0...year), ("decode_seconds", decodeSeconds, 0...year),
      ("write_seconds", writeSeconds, 0...year),
    ]
    for case (let name, let value?, let range) in ranges where !range.contains(value) {
      return "\"\(name)\" is \(value); a run has \(Int(range.lowerBound)) to \(Int(range.upperBound))"
    }
    return nil
  }

  private var timeFault: String? {
    // From 1970 to 2200.
    let times = Date(timeIntervalSince1970: 0)...Date(timeIntervalSince1970: 7_258_118_400)
    for case (let name, let time?) in [("queued_at", queuedAt), ("started_at", startedAt), ("finished_at", finishedAt)]
    where !times.contains(time) {
      return "\"\(name)\" is not between 1970 and 2200"
    }
    if let finishedAt, finishedAt < startedAt { return "\"finished_at\" is before \"started_at\"" }
    if let queuedAt, queuedAt > startedAt { return "\"queued_at\" is after \"started_at\"" }
    return nil
  }

  private var wordFault: String? {
    for case (let name, let text?) in [("id", id), ("redo_of", redoOf)] where !RunIdentifier.isOne(text) {
      return "\"\(name)\" is no identifier of a run"
    }
    return flagWords.contains { !Run.isFlag($0) } ? "\"flags\" holds what is no flag" : nil
  }

  /// One word of small letters, digits and hyphens.
  static func isFlag(_ word: String) -> Bool {
    !word.isEmpty && word.count <= 40 && word.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" }
  }
}
