/// How a checkpoint writes one number.
package enum ElementType: String, Sendable, Equatable {
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"

  /// Bytes an element.
  package var width: Int { self == .float32 ? 4 : 2 }
}

/// A tensor as it lies in a checkpoint: little-endian bytes that are widened to float32 when needed.
package struct StoredTensor: Sendable {
  package let shape: [Int]
  package let elementType: ElementType
  /// The file's bytes and whoever keeps them mapped.
  package let bytes: SharedBytes
  /// Whether operators pack it anew at each call instead of keeping it packed.
  package internal(set) var isTransient = false

  /// A tensor's own values, as if they stood in a checkpoint.
  package init(viewing tensor: Tensor) {
    let bytes = unsafe tensor.withBuffer { unsafe SharedBytes(UnsafeRawBufferPointer($0), owner: tensor.storage) }
    self.init(shape: tensor.shape, elementType: .float32, bytes: bytes)
  }

  package init(shape: [Int], elementType: ElementType, bytes: SharedBytes) {
    let expected = shape.product * elementType.width
    precondition(
      expected == bytes.count,
      "StoredTensor: \(shape) of \(elementType.rawValue) takes \(expected), not \(bytes.count) bytes")
    self.shape = shape
    self.elementType = elementType
    self.bytes = bytes
  }
}

/// Whoever keeps bytes readable whose memory can be given back, since they can be read again at any time: a mapped file.
package protocol DiscardableBytes: AnyObject, Sendable {
  /// Gives back the memory that the bytes take.
  func discard(_ bytes: UnsafeRawBufferPointer)
}

/// A read-only range of bytes that outlives every view of it.
@safe package struct SharedBytes: @unchecked Sendable {
  /// Keeps the memory alive: a mapped file, or a block that somebody filled.
  let owner: AnyObject
  let buffer: UnsafeRawBufferPointer

  package init(_ buffer: UnsafeRawBufferPointer, owner: AnyObject) {
    unsafe self.buffer = buffer
    self.owner = owner
  }

  package var count: Int { unsafe buffer.count }

  /// Reads the bytes in place.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(owner) {} }
    return try unsafe body(buffer)
  }

  /// Says that the bytes have been converted and will hardly be read again soon.
  func discard() {
    if let owner = owner as? any DiscardableBytes { unsafe owner.discard(buffer) }
  }
}
