import Synchronization

/// Room for a convolution's transformed weights, which are faster and several times larger than its own; given back when
/// the last reference goes.
final class TransformedWeightsRoom: Sendable {
  private static let limit = Atomic<Int>(1400 << 20)
  private static let taken = Atomic<Int>(0)

  private let bytes: Int

  /// Nil where the limit does not allow it.
  init?(bytes: Int) {
    let before = TransformedWeightsRoom.taken.wrappingAdd(bytes, ordering: .relaxed).oldValue
    self.bytes = bytes
    if before + bytes > TransformedWeightsRoom.limit.load(ordering: .relaxed) { return nil }
  }

  deinit { TransformedWeightsRoom.taken.wrappingSubtract(bytes, ordering: .relaxed) }

  fileprivate static func setLimit(_ bytes: Int) { limit.store(bytes, ordering: .relaxed) }
}

extension Compute {
  /// Sets how many bytes convolutions may take for transformed weights. Holds for those prepared from now on.
  package static func limitTransformedWeights(to bytes: Int) { TransformedWeightsRoom.setLimit(bytes) }
}
