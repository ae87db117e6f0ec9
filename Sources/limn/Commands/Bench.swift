import ArgumentParser
import Engine
import Families
import Foundation
import Guardrail
import Images
import Options
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

  @Option(
    help: ArgumentHelp(
      "Time this network alone: \(Benchmark.Network.allCases.map(\.rawValue).joined(separator: ", ")); repeatable.",
      valueName: "network"))
  var network: [String] = []

  @Flag(
    help: "Print what one thread does alone, what memory moves, and a projection to more cores instead of rates.")
  var scaling = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The memory bandwidth that --scaling projects with, in GB/s (default: what copying reaches here).",
      valueName: "GB/s"))
  var bandwidth: Double?

  @Flag(help: "Print one JSON object a network on standard output.")
  var json = false

  func run() throws {
    guard (1...1000).contains(rounds) else { throw UserError.request("--rounds \(rounds) is not 1 to 1000.") }
    let networks = try network.map { word in
      guard let network = Benchmark.Network(rawValue: word) else {
        let known = Benchmark.Network.allCases.map(\.rawValue).joined(separator: ", ")
        throw UserError.request("--network \(word.harmlessName) is not known; use one of \(known).")
      }
      return network
    }
    guard bandwidth == nil || scaling else { throw UserError.request("--bandwidth goes with --scaling.") }
    if let bandwidth, !(bandwidth.isFinite && bandwidth > 0) {
      throw UserError.request("--bandwidth \(bandwidth) is no bandwidth.")
    }
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
    let chosen = networks.isEmpty ? Set(Benchmark.Network.allCases) : Set(networks)
    let stages = try Benchmark(order, rounds: rounds, networks: chosen).run { bar.stage("timing the \($0)") }
    bar.clear()
    guard !stages.isEmpty else { throw UserError.request("\(model.name) has no such network.") }
    let projection =
      scaling
      ? ScalingProjection(
        threads: Compute.pool.threadCount, loopCost: Compute.loopCost(), bandwidth: bandwidth ?? Compute.copyRate())
      : nil
    if json {
      for stage in stages {
        print(
          try StageRecord(
            stage, model: model.model, size: order.size.painted, machine: machine, projection
          ).json)
      }
    } else {
      print(
        "\(model.model.name) at \(order.size.painted) pixels, \(Compute.pool.threadCount) threads, \(Compute.kernels.name) kernels, \(order.precision.rawValue)"
      )
      print(projection.map { ScalingTable(stages, $0).text } ?? BenchTable(stages, machine: machine).text)
    }
  }
}

/// The figures as a person reads them.
private struct BenchTable {
  let text: String

  /// A name and numbers below each other.
  static func row(_ cells: [String]) -> String {
    zip(cells, [26] + [Int](repeating: 9, count: 9)).enumerated().map { index, cell in
      let padding = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
      return index == 0 ? cell.0 + padding : padding + cell.0
    }.joined()
  }

  /// Three digits say all that timing can.
  static func number(_ value: Double) -> String {
    let digits = value < 0.1 ? 4 : value < 10 ? 2 : value < 100 ? 1 : 0
    return String(format: "%.\(digits)f", value)
  }

  init(_ stages: [Benchmark.Stage], machine: Double) {
    let (row, number) = (Self.row, Self.number)
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

/// What `--scaling` prints.
private struct ScalingTable {
  static let cores = [8, 16, 64]
  let text: String

  init(_ stages: [Benchmark.Stage], _ projection: ScalingProjection) {
    let (row, number) = (BenchTable.row, BenchTable.number)
    var lines = [
      row(["", "seconds", "alone", "loops", "GB", "GB/s"] + Self.cores.map { "\($0) cores" })
    ]
    for stage in stages {
      let (last, total) = (stage.rounds[stage.rounds.count - 1], stage.profile.total)
      func cells(_ share: OperationProfile.Share, seconds: Double, _ projected: (Int) -> Double) -> [String] {
        [
          number(seconds), ScalingTable.share(seconds - share.loopSeconds, of: seconds), "\(share.loops)",
          number(share.gigabytes), number(share.gigabytes / seconds),
        ] + Self.cores.map { number(projected($0)) }
      }
      lines.append(row([stage.name] + cells(total, seconds: last) { projection.seconds(stage, cores: $0) }))
      for kind in OperationKind.allCases {
        guard let share = stage.profile.shares[kind], share.seconds / last >= 0.005 else { continue }
        lines.append(
          row(["  " + kind.rawValue] + cells(share, seconds: share.seconds) { projection.seconds(share, cores: $0) }))
      }
    }
    let cost = String(format: "%.1f", projection.loopCost * 1e6)
    lines.append(
      """
      measured on \(projection.threads) threads, where beginning and ending a loop takes \(cost) microseconds; "alone" is one thread's work.
      The projection assumes cores as fast as these and \(number(projection.bandwidth)) GB/s of memory bandwidth (--bandwidth); it is no measurement.
      """)
    text = lines.joined(separator: "\n")
  }

  private static func share(_ part: Double, of whole: Double) -> String {
    String(format: "%.1f %%", whole > 0 ? max(0, part) / whole * 100 : 0)
  }
}

/// What `--json` prints of a network.
private struct StageRecord: Encodable {
  struct Kind: Encodable {
    let calls: Int
    let seconds: Double
    let gigaOperations: Double
    let loops: Int
    let loopSeconds: Double
    let gigabytes: Double
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
  /// Seconds by the number of cores, with `--scaling`.
  let projectedSeconds: [String: Double]?
  let bandwidth: Double?

  init(
    _ stage: Benchmark.Stage, model: Model, size: PictureSize, machine: Double, _ projection: ScalingProjection?
  ) {
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
        (
          kind.rawValue,
          Kind(
            calls: share.calls, seconds: share.seconds, gigaOperations: share.gigaOperations, loops: share.loops,
            loopSeconds: share.loopSeconds, gigabytes: share.gigabytes)
        )
      })
    projectedSeconds = projection.map { projection in
      .init(uniqueKeysWithValues: ScalingTable.cores.map { ("\($0)", projection.seconds(stage, cores: $0)) })
    }
    bandwidth = projection?.bandwidth
  }
}
