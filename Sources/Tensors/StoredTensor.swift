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
}
