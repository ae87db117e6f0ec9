import Synchronization

/// How many bytes of weights may stay in memory, and which: the first that ``marked(_:)`` sees. The others are transient: packed
/// anew from the file whenever their operator works, and let go right after.
package final class WeightBudget: Sendable {
  package struct Account: Sendable, Equatable {
    package fileprivate(set) var keptBytes = 0
    package fileprivate(set) var transientBytes = 0
    /// What a transient tensor takes at most while its operator works: packed, and as it lies in the file.
    package fileprivate(set) var largestTransientBytes = 0
  }

  private let bytes: Int
  private let state = Mutex(Account())

  /// Vectors and other small tensors are always kept, and not counted.
  private static let smallest = 1 << 16

  /// - Parameter bytes: Of packed weights that may stay.
  package init(bytes: Int) {
    self.bytes = bytes
  }

  /// What was decided so far.
  package var account: Account { state.withLock { $0 } }

  /// The tensor, marked as kept or as transient.
  package func marked(_ tensor: StoredTensor) -> StoredTensor {
    let size = PreparedMatrix.bytes(of: tensor)
    guard tensor.shape.count > 1, size >= WeightBudget.smallest else { return tensor }
    var marked = tensor
    marked.isTransient = state.withLock { account in
      guard account.keptBytes + size > bytes else {
        account.keptBytes += size
        return false
      }
      account.transientBytes += size
      account.largestTransientBytes = max(account.largestTransientBytes, size + tensor.bytes.count)
      return true
    }
    return marked
  }
}
