import Checkpoints
import Networks
import Synchronization
import Tensors

/// One network of a model, read from its checkpoint when first asked for.
final class Part<Network: Sendable>: Sendable {
  private let source: @Sendable () throws -> any TensorSource
  private let build: @Sendable (Weights) throws -> Network
  private let network = Mutex<Network?>(nil)

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
  func size() throws -> Int {
    let source = try source()
    return source.names.reduce(0) { total, name in total + ((try? source.stored(name))?.bytes.count ?? 0) }
  }

  func loaded() throws -> Network {
    try network.withLock { network in
      if let network { return network }
      let tracked = TrackedSource(try source())
      let made = try build(Weights(tracked))
      try tracked.requireAllRead()
      network = made
      return made
    }
  }

  func release() { network.withLock { $0 = nil } }
}
