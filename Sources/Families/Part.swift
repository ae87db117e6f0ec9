import Checkpoints
import Networks
import Synchronization
import Tensors

/// One network of a model, read from its checkpoint when first asked for.
final class Part<Network: Sendable>: Sendable {
  private let source: @Sendable () throws -> any TensorSource
  private let build: @Sendable (Weights) throws -> Network
  private let state = Mutex<Loaded?>(nil)

  private struct Loaded {
    let network: Network
    /// Bytes of weights that it was to keep; nil for all.
    let keptWeights: Int?
    let precision: Precision
  }

  /// - Parameters:
  ///   - source: Opens the checkpoint.
  ///   - build: Makes the network, which must read every tensor.
  init(
    from source: @escaping @Sendable () throws -> any TensorSource,
    _ build: @escaping @Sendable (Weights) throws -> Network
  ) {
    self.source = source
    self.build = build
  }

  /// Bytes of all its tensors as they are stored.
  func size() throws -> Int { try tensorSizes().reduce(0, +) }

  /// Bytes of each of its tensors as it is stored, or where all are rounded to eight bits, as that leaves it.
  func tensorSizes(_ precision: Precision = .float32) throws -> [Int] {
    let source = try source()
    return source.names.map { name in
      guard var stored = try? source.stored(name) else { return 0 }
      stored.precision = precision
      return precision == .int8 ? stored.packedBytes : stored.bytes.count
    }
  }

  /// Its tensors, none of which is read.
  func opened() throws -> any TensorSource { try source() }

  /// A network that was read for other wishes is read again.
  ///
  /// - Parameters:
  ///   - keptWeights: Bytes of weights that may stay in memory, the others being read anew whenever they are needed; nil for all.
  ///   - precision: How it multiplies.
  func loaded(keeping keptWeights: Int? = nil, precision: Precision = .float32) throws -> Network {
    try state.withLock { state in
      if let state, state.keptWeights == keptWeights, state.precision == precision { return state.network }
      state = nil
      let tracked = TrackedSource(try source())
      let network = try build(Weights(tracked, budget: keptWeights.map(WeightBudget.init), precision: precision))
      try tracked.requireAllRead()
      state = Loaded(network: network, keptWeights: keptWeights, precision: precision)
      return network
    }
  }

  func release() { state.withLock { $0 = nil } }
}
