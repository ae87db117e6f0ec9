import Synchronization

/// Float32 values that are computed when they are asked for and kept until they are discarded.
final class ComputedValues: Sendable {
  let count: Int
  private let compute: @Sendable () -> Tensor
  private let known = Mutex<Tensor?>(nil)

  /// - Parameter compute: Makes a tensor of `count` values, always the same.
  init(count: Int, _ compute: @escaping @Sendable () -> Tensor) {
    self.count = count
    self.compute = compute
  }

  var tensor: Tensor {
    known.withLock { known in
      if let known { return known }
      let tensor = compute()
      precondition(tensor.count == count, "ComputedValues: \(tensor.count) values, not \(count)")
      known = tensor
      return tensor
    }
  }

  func discard() { known.withLock { $0 = nil } }
}
