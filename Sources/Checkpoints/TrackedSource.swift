import Synchronization
import Tensors

/// A source that notes which tensors were read, so that a checkpoint which holds more than the network reads is told
/// apart from one that fits. Safe to read from several threads.
package final class TrackedSource: TensorSource {
  private let source: any TensorSource
  private let asked = Mutex<Set<String>>([])

  package init(_ source: any TensorSource) { self.source = source }

  package var origin: String { source.origin }
  package var names: [String] { source.names }
  package var fileStamps: [String] { source.fileStamps }

  package func stored(_ name: String) throws -> StoredTensor? {
    _ = asked.withLock { $0.insert(name) }
    return try source.stored(name)
  }

  /// Tensors that the source holds and nobody read, sorted, without those that are known to be harmless.
  package var unread: [String] {
    let asked = asked.withLock { $0 }
    return names.filter { !asked.contains($0) && !HarmlessNames.contains($0) }.sorted()
  }

  /// Tensors that somebody asked for and the source does not hold, sorted: those that were optional, where a network
  /// was built.
  package var missing: [String] {
    let asked = asked.withLock { $0 }
    return asked.subtracting(names).sorted()
  }

  /// Checks that every tensor found its reader.
  ///
  /// - Throws: `CheckpointError` naming up to five of the tensors that nobody read.
  package func requireAllRead() throws(CheckpointError) {
    let unread = unread
    guard unread.isEmpty else {
      let tensors = unread.count == 1 ? "1 tensor" : "\(unread.count) tensors"
      throw CheckpointError(
        origin,
        "\(tensors) of it would go unused, so it is of another architecture than its configuration says: \(unread.quotedList)"
      )
    }
  }
}
