import System

/// A block of float32 values, aligned to a cache line (64 bytes) so that every SIMD width loads it whole.
///
/// Written only by the initialiser's closure or through ``Tensor/withMutableBuffer(_:)`` while uniquely referenced;
/// afterwards it is read-only, hence safe to share between threads.
@safe package final class Storage: @unchecked Sendable {
  static let alignment = 64

  package let count: Int
  let base: UnsafeMutablePointer<Float>
  private let owner: AnyObject?

  /// Uninitialised room for `count` values.
  init(count: Int) {
    self.count = count
    unsafe base = MemoryPool.take(bytes: count * MemoryLayout<Float>.stride)
      .bindMemory(to: Float.self, capacity: max(count, 1))
    owner = nil
  }

  /// A view of memory that `owner` keeps alive and nobody writes, such as a memory-mapped checkpoint.
  package init(viewing values: UnsafeBufferPointer<Float>, owner: AnyObject) {
    count = values.count
    unsafe base = UnsafeMutablePointer(mutating: values.baseAddress!)
    self.owner = owner
  }

  /// Whether the values belong to another object and must be copied before they are changed.
  var isView: Bool { owner != nil }

  deinit {
    if owner == nil { unsafe MemoryPool.give(UnsafeMutableRawPointer(base), bytes: count * MemoryLayout<Float>.stride) }
  }
}
