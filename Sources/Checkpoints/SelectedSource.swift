import Tensors

/// A source without those of its tensors that a network has no use for, such as the last layers of a language model: nobody
/// misses their reader.
package struct SelectedSource: TensorSource {
  private let source: any TensorSource
  private let leavesOut: @Sendable (String) -> Bool

  /// - Parameter leavesOut: Whether the tensor of a name is left out.
  package init(_ source: any TensorSource, leavingOut leavesOut: @escaping @Sendable (String) -> Bool) {
    self.source = source
    self.leavesOut = leavesOut
  }

  package var origin: String { source.origin }
  package var names: [String] { source.names.filter { !leavesOut($0) } }
  package var fileStamps: [String] { source.fileStamps }

  package func stored(_ name: String) throws -> StoredTensor? { leavesOut(name) ? nil : try source.stored(name) }
}
