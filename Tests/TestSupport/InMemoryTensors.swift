import Synchronization
import Tensors

/// A checkpoint that exists only in memory, and remembers what was read from it.
package final class InMemoryTensors: TensorSource {
  package let origin = "memory"
  private let tensors: [String: StoredTensor]
  private let read = Mutex<Set<String>>([])

  package init(_ tensors: [String: StoredTensor]) { self.tensors = tensors }

  package var names: [String] { Array(tensors.keys) }

  /// Tensors that nobody asked for yet.
  package var unread: [String] { read.withLock { read in names.filter { !read.contains($0) }.sorted() } }

  package func stored(_ name: String) -> StoredTensor? {
    let tensor = tensors[name]
    if tensor != nil { read.withLock { _ = $0.insert(name) } }
    return tensor
  }

  /// The same checkpoint with one tensor put in or, if nil, left out.
  package func replacing(_ name: String, by tensor: StoredTensor?) -> InMemoryTensors {
    var changed = tensors
    changed[name] = tensor
    return InMemoryTensors(changed)
  }
}
