import Tensors

/// A part's tensors with those that LoRAs change computed anew: in float32, and never rounded to what the checkpoint stores.
///
/// They are computed when they are read; what they are made of lies in the files.
struct AdaptedSource: TensorSource {
  private let source: any TensorSource
  private let deltas: [String: [(delta: TensorDelta, weight: Float)]]

  /// - Parameter deltas: What is done to tensors of fitting shapes, by their names, one after the other.
  init(_ source: any TensorSource, deltas: [String: [(delta: TensorDelta, weight: Float)]]) {
    self.source = source
    self.deltas = deltas
  }

  var origin: String { source.origin }
  var names: [String] { source.names }

  func isChanged(_ name: String) -> Bool { deltas[name] != nil }

  func stored(_ name: String) throws -> StoredTensor? {
    guard let stored = try source.stored(name), let changes = deltas[name] else { return try source.stored(name) }
    return StoredTensor(shape: stored.shape) {
      let changed = changes.reduce(stored.widened()) { $1.delta.applied(to: $0, weight: $1.weight) }
      // The file's pages would otherwise stay in memory beside what came of them.
      stored.bytes.discard()
      return changed
    }
  }
}
