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
    /// Loops that the pool's threads shared, and the seconds that they took of ``seconds``: the rest is one thread's work.
    package var loops = 0
    package var loopSeconds = 0.0
    /// Bytes in billions that must come and go however well caches work: each operand and each result once.
    package var gigabytes = 0.0
  }

  package private(set) var shares: [OperationKind: Share] = [:]

  fileprivate mutating func add(_ kind: OperationKind, _ call: Share) { shares[kind, default: Share()] += call }

  /// All kinds together.
  package var total: Share {
    shares.values.reduce(into: Share()) { $0 += $1 }
  }
}

extension OperationProfile.Share {
  fileprivate static func += (total: inout Self, share: Self) {
    total.calls += share.calls
    total.seconds += share.seconds
    total.gigaOperations += share.gigaOperations
    total.loops += share.loops
    total.loopSeconds += share.loopSeconds
    total.gigabytes += share.gigabytes
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
    pool.timeLoops(true)
    defer {
      isProfiling.store(false, ordering: .relaxed)
      pool.timeLoops(false)
    }
    let result = try body()
    return (result, profile.withLock { $0 })
  }

  /// Runs an operation; while profiling, its time counts for `kind`. Operations that it calls are part of it.
  ///
  /// - Parameter values: float32 numbers that it reads; without it, as many as it writes.
  @inline(__always)
  static func measured<Result>(
    _ kind: OperationKind, operations: @autoclosure () -> Double = 0, reading values: @autoclosure () -> Int? = nil,
    _ body: () throws -> Result
  ) rethrows -> Result {
    guard isProfiling.load(ordering: .relaxed) else { return try body() }
    isProfiling.store(false, ordering: .relaxed)
    defer { isProfiling.store(true, ordering: .relaxed) }
    let clock = ContinuousClock()
    let before = pool.timedLoopsSoFar
    let start = clock.now
    let result = try body()
    var call = OperationProfile.Share(calls: 1, seconds: (clock.now - start) / .seconds(1))
    let after = pool.timedLoopsSoFar
    (call.loops, call.loopSeconds) = (after.count - before.count, after.seconds - before.seconds)
    call.gigaOperations = operations() / 1e9
    let written = (result as? Tensor)?.count ?? 0
    call.gigabytes = Double((values() ?? written) + written) * 4 / 1e9
    profile.withLock { $0.add(kind, call) }
    return result
  }

  /// What a loop costs beside its work, in seconds: a piece for each thread, long enough that all come, takes longer than one
  /// by what it takes to tell them and to wait for the last.
  package static func loopCost() -> Double {
    let (count, length) = (500, Duration.microseconds(20))
    let clock = ContinuousClock()
    return (0..<5).map { _ in
      let start = clock.now
      for _ in 0..<count {
        pool.forEach(pool.threadCount) { _ in
          let end = clock.now + length
          while clock.now < end {}
        }
      }
      return max(0, (clock.now - start - length * count) / .seconds(1) / Double(count))
    }.min() ?? 0
  }

  /// Bytes in billions a second that all threads together read and write while they copy what no cache holds: the best of
  /// a few runs.
  package static func copyRate() -> Double {
    let count = 48 << 20
    let source = [Float](repeating: 1, count: count)
    var target = [Float](repeating: 0, count: count)
    let clock = ContinuousClock()
    let best =
      (0..<4).map { _ in
        let start = clock.now
        unsafe source.withUnsafeBufferPointer { source in
          unsafe target.withUnsafeMutableBufferPointer { target in
            // Each thread writes places of its own.
            nonisolated(unsafe) let (from, to) = unsafe (source.baseAddress!, target.baseAddress!)
            pool.forRanges(count) { range in
              unsafe (to + range.lowerBound).update(from: from + range.lowerBound, count: range.count)
            }
          }
        }
        return (clock.now - start) / .seconds(1)
      }.min() ?? 1
    return 8 * Double(count) / best / 1e9
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
