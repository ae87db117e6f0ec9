import Tensors

/// Bytes at a chosen distance from an aligned address, as checkpoints place them, kept alive by whoever views them.
@safe package final class StoredBytes: @unchecked Sendable {
  private let block: UnsafeMutableRawBufferPointer
  private let offset: Int

  /// - Parameter offset: Bytes between a 64-byte boundary and the first of `bytes`.
  package init(_ bytes: [UInt8], offset: Int = 0) {
    unsafe block = .allocate(byteCount: offset + bytes.count + 1, alignment: 64)
    self.offset = offset
    unsafe UnsafeMutableRawBufferPointer(rebasing: block[offset..<offset + bytes.count]).copyBytes(from: bytes)
  }

  deinit { unsafe block.deallocate() }

  /// The bytes as they are now.
  package var shared: SharedBytes {
    unsafe SharedBytes(UnsafeRawBufferPointer(rebasing: block[offset..<block.count - 1]), owner: self)
  }
}

extension StoredTensor {
  /// A tensor stored as float32, at `offset` bytes from an aligned address.
  package init(_ tensor: Tensor, offset: Int = 0) {
    let bytes = tensor.values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) }
    }
    self.init(shape: tensor.shape, elementType: .float32, bytes: StoredBytes(bytes, offset: offset).shared)
  }

  /// 16-bit patterns of the given type, at `offset` bytes from an aligned address.
  package init(shape: [Int], _ elementType: ElementType, patterns: [UInt16], offset: Int = 0) {
    let bytes = patterns.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    self.init(shape: shape, elementType: elementType, bytes: StoredBytes(bytes, offset: offset).shared)
  }
}
