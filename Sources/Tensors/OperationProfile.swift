import Synchronization

/// What a tensor operation mainly does, for `limn bench`.
package enum OperationKind: String, Sendable, CaseIterable {
  case windowConvolution = "3x3 convolutions"
  case linear = "linear, 1x1"
  case attention = "attention"
  case normalisation = "normalisation"
  case elementwise = "element by element"
  case layout = "moving values"
}

/// Where the time of the tensor operations went.
package struct OperationProfile: Sendable {
  /// What operations of one kind took together.
  package struct Share: Sendable {
    package var calls = 0
    package var seconds = 0.0
    /// Multiplications and additions of the definition, in billions, however they were saved.
    package var gigaOperations = 0.0
  }

  package private(set) var shares: [OperationKind: Share] = [:]

  fileprivate mutating func add(_ kind: OperationKind, seconds: Double, operations: Double) {
    shares[kind, default: Share()].calls += 1
    shares[kind, default: Share()].seconds += seconds
    shares[kind, default: Share()].gigaOperations += operations / 1e9
  }

  /// All kinds together.
  package var total: Share {
    shares.values.reduce(into: Share()) { total, share in
      total.calls += share.calls
      total.seconds += share.seconds
      total.gigaOperations += share.gigaOperations
    }
  }
}

extension Compute {
  private static let isProfiling = Atomic<Bool>(false)
  private static let profile = Mutex(OperationProfile())

  /// Runs `body` and says where the time of its operations went. One at a time; the operations run on one thread, which
  /// shares each out among the pool's.
  package static func profiling<Result>(_ body: () throws -> Result) rethrows -> (Result, OperationProfile) {
    profile.withLock { $0 = OperationProfile() }
    isProfiling.store(true, ordering: .relaxed)
    defer { isProfiling.store(false, ordering: .relaxed) }
    let result = try body()
    return (result, profile.withLock { $0 })
  }

  /// Runs an operation; while profiling, its time counts for `kind`. Operations that it calls are part of it.
  @inline(__always)
  static func measured<Result>(
    _ kind: OperationKind, operations: @autoclosure () -> Double = 0, _ body: () throws -> Result
  ) rethrows -> Result {
    guard isProfiling.load(ordering: .relaxed) else { return try body() }
    isProfiling.store(false, ordering: .relaxed)
    defer { isProfiling.store(true, ordering: .relaxed) }
    let clock = ContinuousClock()
    let start = clock.now
    let result = try body()
    let seconds = (clock.now - start) / .seconds(1)
    let count = operations()
    profile.withLock { $0.add(kind, seconds: seconds, operations: count) }
    return result
  }

  /// The rate of OpenBLAS's `sgemm` on all threads, each multiplying matrices of its own, in billions of operations a
  /// second: the best of a few runs, a fraction of a second in all. What a machine's rates are compared with.
  package static func sgemmRate() -> Double {
    let edge = 768
    let values = [Float](repeating: 0.5, count: edge * edge)
    var best = Double.infinity
    let clock = ContinuousClock()
    for _ in 0..<5 {
      let start = clock.now
      pool.forEach(pool.threadCount) { _ in
        unsafe withScratch(edge * edge) { target in
          unsafe values.withUnsafeBufferPointer { source in
            unsafe multiplySquares(source.baseAddress!, source.baseAddress!, into: target, edge: edge)
          }
        }
      }
      best = min(best, (clock.now - start) / .seconds(1))
    }
    return 2 * Double(edge * edge * edge) * Double(pool.threadCount) / best / 1e9
  }
}
