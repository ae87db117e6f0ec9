import Foundation
import History

/// A made-up history, the same for the same seed: what a busy installation would have written down.
///
/// Of a hundred runs about 90 are painted, 6 refused, 3 failed and 1 interrupted; three users, four styles, two models;
/// a twentieth of the pictures rated, some flagged or painted again; one run in twelve is a job of a batch.
package struct SampleRuns: Sequence, IteratorProtocol {
  private var random: SplitMix
  private var date: Date
  private let spacing: TimeInterval
  private var left: Int
  private var lastPainted: String?

  /// - Parameters:
  ///   - count: how many runs.
  ///   - start: when the first began.
  ///   - spacing: seconds from one to the next, on average.
  package init(
    count: Int, seed: UInt64 = 1, start: Date = Date(timeIntervalSince1970: 1_767_225_600), spacing: TimeInterval = 60
  ) {
    random = SplitMix(state: seed)
    date = start
    self.spacing = spacing
    left = count
  }

  package mutating func next() -> Run? {
    guard left > 0 else { return nil }
    left -= 1
    date = (date + spacing * random.fraction() * 2).wholeMilliseconds
    var run = request()
    let dice = random.fraction()
    if dice < 0.06 {
      refuse(&run)
    } else if dice < 0.09 {
      fail(&run)
    } else {
      paint(&run)
      if dice > 0.99 { interrupt(&run) } else { judge(&run) }
    }
    return run
  }

  private mutating func request() -> Run {
    var run = Run()
    run.id = RunIdentifier.fresh(at: date)
    run.startedAt = date
    let user = random.below(10)
    run.userID = user < 7 ? 1000 : user < 9 ? 1001 : 1002
    run.userName = ["ada", "grace", "alan"][Int(run.userID - 1000)]
    run.role = ["admin", "creator", "creator"][Int(run.userID - 1000)]
    run.hostName = "easel"
    run.version = "0.1.0"
    let typed = "\(random.pick(Words.colours)) \(random.pick(Words.things)) \(random.pick(Words.places))"
    run.style = random.below(3) == 0 ? nil : random.pick(Words.styles)
    run.prompt = run.style.map { "\(typed), \($0)" } ?? typed
    run.typedPrompt = run.style == nil ? nil : typed
    run.negative = random.below(5) == 0 ? "blurry, text" : ""
    run.aspect = random.below(3) == 0 ? "16:9" : "1:1"
    (run.width, run.height) = run.aspect == "1:1" ? (512, 512) : (672, 384)
    run.model = random.below(4) == 0 ? "sd15" : "default"
    run.modelHash = run.model == "sd15" ? "6ce0161689" : "a0d7e3c1f2"
    run.sampler = run.model == "sd15" ? "dpm++2m" : "ddim"
    run.steps = run.model == "sd15" ? 20 : 12
    run.guidance = run.model == "sd15" ? 7 : 3
    run.seed = Seed(random.next() >> 32)
    run.clipSkip = 0
    run.rng = "torch"
    run.promptSyntax = "plain"
    run.decision = "allow"
    run.score = random.fraction() * 0.2
    if random.below(12) == 0 {
      run.batchID = "batch-\(Int(date.timeIntervalSince1970) / 86_400)"
      run.jobKey = "job-\(random.below(1000))"
      run.queuedAt = (date - random.fraction() * 600).wholeMilliseconds
    }
    return run
  }

  private mutating func refuse(_ run: inout Run) {
    run.outcome = .refused
    run.exitStatus = 3
    run.decision = "block"
    run.category = random.pick(["sexual", "violence_graphic", "hate", "harassment"])
    run.score = 0.8 + random.fraction() * 0.2
    run.prompt += " \(random.pick(Words.things))"
    run.verdict = #"{"decision":"block","score":0.9,"categories":{},"reasons":[{"category":"\#(run.category ?? "")"}]}"#
    run.finishedAt = (run.startedAt + 0.004).wholeMilliseconds
  }

  private mutating func fail(_ run: inout Run) {
    run.outcome = .failed
    let (status, sentence) = random.pick([
      (5, "model.safetensors: `conv_in.weight` is missing."),
      (6, "The picture would take 9 GB of memory; 3 GB are left."),
      (70, "A fault."),
    ])
    (run.exitStatus, run.error) = (status, sentence)
    run.finishedAt = (run.startedAt + 0.1).wholeMilliseconds
  }

  private mutating func paint(_ run: inout Run) {
    run.outcome = .painted
    run.exitStatus = 0
    let isLarge = run.model == "sd15"
    run.loadSeconds = isLarge ? 2 + random.fraction() : 0.05
    run.encodeSeconds = isLarge ? 0.4 : 0.01
    run.sampleSeconds = (isLarge ? 40 : 0.2) * (0.8 + 0.4 * random.fraction())
    run.decodeSeconds = isLarge ? 6 : 0.03
    run.writeSeconds = 0.02
    run.finishedAt = (run.startedAt + (run.sampleSeconds ?? 0) * 1.2).wholeMilliseconds
    run.peakMemory = isLarge ? 3_800_000_000 : 180_000_000
    run.outputPath = "/home/\(run.userName)/pictures/\(run.seed?.value ?? 0).png"
    run.outputBytes = Int64(100_000 + random.below(400_000))
    run.outputHash = random.digits()
    run.pixelHash = random.digits()
  }

  private func interrupt(_ run: inout Run) {
    run.outcome = .interrupted
    run.outcome = .interrupted
    (run.exitStatus, run.finishedAt) = (nil, nil)
    (run.outputPath, run.outputBytes, run.outputHash, run.pixelHash) = (nil, nil, nil, nil)
  }

  private mutating func judge(_ run: inout Run) {
    if random.below(20) == 0 { run.rating = run.prompt.contains("fox") ? 5 : 1 + random.below(5) }
    if random.below(100) == 0 { run.flagWords = [random.pick(["kept", "unsafe", "deformed"])] }
    if random.below(30) == 0 { run.redoOf = lastPainted }
    lastPainted = run.id
  }
}

private enum Words {
  static let colours = ["a red", "a blue", "a green", "a golden", "a tiny", "an old", "a round", "a striped"]
  static let things = [
    "fox", "apple", "house", "fish", "tree", "heart", "butterfly", "penguin", "castle", "robot", "boat", "mountain",
    "dragon", "teapot", "lantern", "bicycle",
  ]
  static let places = ["in the snow", "by the sea", "on a hill", "at night", "under a bridge", "in a café", "on white"]
  static let styles = ["flat", "cartoon", "gradient", "3d"]
}

/// SplitMix64 (Steele, Lea and Flood 2014).
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// 0 ..< 1
  mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

  /// Sixty-four hexadecimal digits.
  mutating func digits() -> String {
    (0..<4).map { _ in
      let digits = String(next(), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
