import ArgumentParser
import Engine
import Families
import Foundation
import Guardrail
import Images
import Painting
import System
import Tensors
import Terminal

/// `limn bench`: how fast a model's networks are on this machine, and where their time goes.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time a model's networks on this machine.",
    discussion: """
      Each network runs alone on the work of one picture: once to prepare its weights, then --rounds times. GFLOP count \
      the definition's multiplications and additions, however many were saved; so a rate can exceed the machine's own, \
      which is that of OpenBLAS's sgemm on all threads.
      """)

  @Option(name: .shortAndLong, help: "A name (`limn models`), a diffusers folder, a .safetensors or a .gguf file.")
  var model: String?

  @Option(parsing: .unconditional, help: "Width in pixels, a multiple of 8; with --height (default: the model's own).")
  var width: Int?

  @Option(parsing: .unconditional, help: "Height in pixels, a multiple of 8; with --width.")
  var height: Int?

  @Option(parsing: .unconditional, help: "Measured runs of each network.")
  var rounds: Int = 3

  @Option(parsing: .unconditional, help: "Threads to work with (default: the processors at hand).")
  var threads: Int?

  @Option(help: "How networks multiply: float32, bfloat16, int8, or auto for what the model was trained in.")
  var precision = "auto"

  @Flag(help: "Print one JSON object a network on standard output.")
  var json = false

  func run() throws {
    guard (1...1000).contains(rounds) else { throw UserError.request("--rounds \(rounds) is not 1 to 1000.") }
    try MachineOptions.check(threads: threads)
    MachineOptions.use(threads: threads)
    let engine = RunningEngine.start(omitsHistory: true)
    let model = try engine.model(self.model)
    var settings = PictureSettings(prompt: "a red fox in the snow")
    (settings.width, settings.height) = (width, height)
    try Setting.named("precision")?.set(precision, in: &settings)
    let order = try engine.admit(settings, model)
    if let width, let height, order.size.painted != PictureSize(width: width, height: height) {
      let sizes = model.model.defaults.learnedSizes.map(\.description).joined(separator: ", ")
      throw UserError.request("\(model.name) paints at \(sizes) pixels, not at \(width)x\(height).")
    }
    let machine = Compute.sgemmRate()

    var bar = ProgressBar(isShown: Console.isTerminal)
    let stages = try Benchmark(order, rounds: rounds).run { bar.stage("timing the \($0)") }
    bar.clear()
    if json {
      for stage in stages {
        print(try StageRecord(stage, model: model.model, size: order.size.painted, machine: machine).json)
      }
    } else {
      let table = BenchTable(stages, machine: machine)
      print(
        "\(model.model.name) at \(order.size.painted) pixels, \(Compute.pool.threadCount) threads, \(Compute.kernels.name) kernels, \(order.precision.rawValue)"
      )
      print(table.text)
    }
  }
}

/// The figures as a person reads them.
private struct BenchTable {
  let text: String

  init(_ stages: [Benchmark.Stage], machine: Double) {
    func row(_ cells: [String]) -> String {
      zip(cells, [26, 9, 9, 9, 9, 9]).enumerated().map { index, cell in
        let padding = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
        return index == 0 ? cell.0 + padding : padding + cell.0
      }.joined()
    }
    // Three digits say all that timing can.
    func number(_ value: Double) -> String {
      let digits = value < 0.1 ? 4 : value < 10 ? 2 : value < 100 ? 1 : 0
      return String(format: "%.\(digits)f", value)
    }
    func rates(_ operations: Double, _ seconds: Double) -> [String] {
      guard operations > 0, seconds > 0 else { return ["", "", ""] }
      let rate = operations / seconds
      return [number(operations), number(rate), "\(Int((rate / machine * 100).rounded())) %"]
    }
    var lines = [row(["", "seconds", "share", "GFLOP", "GFLOP/s", "of sgemm"])]
    for stage in stages {
      lines.append(row([stage.name, number(stage.median), ""] + rates(stage.gigaOperations, stage.median)))
      let last = stage.rounds[stage.rounds.count - 1]
      var rest = last
      for kind in OperationKind.allCases {
        guard let share = stage.profile.shares[kind], share.seconds / last >= 0.005 else { continue }
        rest -= share.seconds
        lines.append(
          row(
            ["  " + kind.rawValue, number(share.seconds), "\(Int((share.seconds / last * 100).rounded())) %"]
              + rates(share.gigaOperations, share.seconds)))
      }
      if rest / last >= 0.005 {
        lines.append(row(["  other", number(rest), "\(Int((rest / last * 100).rounded())) %"]))
      }
      if stage.preparation >= 0.01 { lines.append(row(["  once, preparing weights", number(stage.preparation)])) }
    }
    lines.append("sgemm (OpenBLAS) on this machine: \(number(machine)) GFLOP/s")
    text = lines.joined(separator: "\n")
  }
}

/// What `--json` prints of a network.
private struct StageRecord: Encodable {
  struct Kind: Encodable {
    let calls: Int
    let seconds: Double
    let gigaOperations: Double
  }

  let model: String
  let width: Int
  let height: Int
  let threads: Int
  let kernels: String
  let stage: String
  let medianSeconds: Double
  let bestSeconds: Double
  let rounds: [Double]
  let preparationSeconds: Double
  let gigaOperations: Double
  let sgemmGigaOperationsPerSecond: Double
  let kinds: [String: Kind]

  init(_ stage: Benchmark.Stage, model: Model, size: PictureSize, machine: Double) {
    self.model = model.name
    (width, height) = (size.width, size.height)
    threads = Compute.pool.threadCount
    kernels = Compute.kernels.name
    self.stage = stage.name
    medianSeconds = stage.median
    bestSeconds = stage.best
    rounds = stage.rounds
    preparationSeconds = stage.preparation
    gigaOperations = stage.gigaOperations
    sgemmGigaOperationsPerSecond = machine
    kinds = Dictionary(
      uniqueKeysWithValues: stage.profile.shares.map { kind, share in
        (kind.rawValue, Kind(calls: share.calls, seconds: share.seconds, gigaOperations: share.gigaOperations))
      })
  }
}
