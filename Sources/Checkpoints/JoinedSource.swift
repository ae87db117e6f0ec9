import Tensors

/// The tensors of two checkpoints as if they lay in one.
package struct JoinedSource: TensorSource {
  package let origin: String
  private let first: any TensorSource
  private let second: any TensorSource

  /// - Throws: `CheckpointError` where both hold a tensor of one name.
  package init(_ first: any TensorSource, _ second: any TensorSource) throws(CheckpointError) {
    if let both = Set(first.names).intersection(second.names).min() {
      throw CheckpointError(
        second.origin, "holds \(both.quoted), and so does \(first.origin); one of them was expected")
    }
    self.first = first
    self.second = second
    origin = "\(first.origin) with \(second.origin)"
  }

  package var names: [String] { first.names + second.names }

  package var fileStamps: [String] {
    let (one, other) = (first.fileStamps, second.fileStamps)
    return one.isEmpty || other.isEmpty ? [] : one + other
  }

  package func stored(_ name: String) throws -> StoredTensor? { try first.stored(name) ?? second.stored(name) }
}
