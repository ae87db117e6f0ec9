/// Seconds spent in each stage of one picture.
package struct StageTimings: Sendable, Equatable, Encodable {
  package internal(set) var load = 0.0
  package internal(set) var encode = 0.0
  package internal(set) var sample = 0.0
  package internal(set) var decode = 0.0
  /// Compressing the picture and writing it, where that was done.
  package var write = 0.0

  /// Judging how well candidates match the prompt; nil where none were.
  package var judge: Double?

  /// The same as a stage to be measured.
  package var judging: Double {
    get { judge ?? 0 }
    set { judge = newValue }
  }

  package init() {}

  /// As another limn has measured them.
  package init(load: Double, encode: Double, sample: Double, decode: Double, write: Double) {
    (self.load, self.encode, self.sample, self.decode, self.write) = (load, encode, sample, decode, write)
  }

  package var total: Double { load + encode + sample + decode + write + judging }

  /// Counts what another picture cost, such as a candidate that was not kept.
  package static func += (sum: inout StageTimings, other: StageTimings) {
    for stage in [\StageTimings.load, \.encode, \.sample, \.decode, \.write] {
      sum[keyPath: stage] += other[keyPath: stage]
    }
    if let judge = other.judge { sum.judging += judge }
  }

  /// Counts time that passed before the painter was called, such as opening the model.
  package mutating func addStart(_ seconds: Double) { load += seconds }

  /// Runs `work` and adds its duration to a stage.
  package mutating func measure<Result>(
    _ stage: WritableKeyPath<StageTimings, Double>, _ work: () throws -> Result
  ) rethrows -> Result {
    let clock = ContinuousClock()
    let start = clock.now
    defer { self[keyPath: stage] += (clock.now - start) / .seconds(1) }
    return try work()
  }
}
