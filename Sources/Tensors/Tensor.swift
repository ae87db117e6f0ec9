/// A dense, row-major array of float32 values with value semantics.
///
/// Feature maps are channels last: `[batch, height, width, channels]`; token sequences are `[batch, tokens, channels]`;
/// matrices of linear layers are `[outputs, inputs]`, as checkpoints store them.
package struct Tensor: Sendable {
  /// The extent of each axis, slowest first. A scalar has none.
  package let shape: [Int]
  package internal(set) var storage: Storage

  package var count: Int { storage.count }
  package var rank: Int { shape.count }

  /// Wraps storage that somebody else filled.
  package init(shape: [Int], storage: Storage) {
    precondition(shape.product == storage.count, "Tensor: shape \(shape) does not hold \(storage.count) values")
    self.shape = shape
    self.storage = storage
  }

  /// A tensor of one value everywhere.
  package init(shape: [Int], filledWith value: Float = 0) {
    unsafe self.init(shape: shape) { buffer in unsafe buffer.initialize(repeating: value) }
  }

  /// A tensor of the given values in row-major order.
  package init(shape: [Int], values: [Float]) {
    precondition(shape.product == values.count, "Tensor: shape \(shape) does not hold \(values.count) values")
    unsafe self.init(shape: shape) { buffer in _ = unsafe buffer.initialize(from: values) }
  }

  /// A vector.
  package init(_ values: [Float]) { self.init(shape: [values.count], values: values) }

  /// The values in row-major order.
  package var values: [Float] { unsafe withBuffer { unsafe Array($0) } }

  /// The same values under another shape of as many elements. Costs nothing.
  package func reshaped(_ newShape: [Int]) -> Tensor {
    precondition(newShape.product == count, "reshaped: \(shape) to \(newShape)")
    return Tensor(shape: newShape, storage: storage)
  }
}

extension Array where Element == Int {
  /// The number of elements of a tensor of this shape.
  package var product: Int { reduce(1, *) }
}

extension Tensor {
  /// A tensor whose values `fill` writes; every element must be initialised there.
  package init(shape: [Int], initializing fill: (UnsafeMutableBufferPointer<Float>) -> Void) {
    let storage = Storage(count: shape.product)
    unsafe fill(UnsafeMutableBufferPointer(start: storage.base, count: storage.count))
    self.init(shape: shape, storage: storage)
  }

  /// Reads the values in place.
  package func withBuffer<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
    let buffer = unsafe UnsafeBufferPointer(start: storage.base, count: storage.count)
    defer { withExtendedLifetime(storage) {} }
    return try unsafe body(buffer)
  }

  /// Changes the values in place; copies them first when they are shared.
  package mutating func withMutableBuffer<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    if storage.isView || !isKnownUniquelyReferenced(&storage) {
      let copy = Storage(count: storage.count)
      unsafe copy.base.initialize(from: storage.base, count: storage.count)
      storage = copy
    }
    return try unsafe body(UnsafeMutableBufferPointer(start: storage.base, count: storage.count))
  }
}
