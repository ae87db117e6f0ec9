/// A tensor as it lies in a checkpoint: little-endian bytes, single numbers or blocks, that are widened to float32 when needed.
package struct StoredTensor: Sendable {
  package let shape: [Int]
  package let elementType: ElementType
  /// The file's bytes and whoever keeps them mapped.
  package let bytes: SharedBytes
  /// What the values that the bytes say are multiplied by; nil for 1.
  package let scales: WeightScales?
  /// Whether operators pack it anew at each call instead of keeping it packed.
  package internal(set) var isTransient = false
  /// How operators multiply with it.
  package var precision = Precision.float32

  /// What it counts for as traffic, in numbers of float32: eight-bit products keep a byte of each value.
  var trafficCount: Int { precision == .int8 ? shape.product / 4 : bytes.count / 4 }

  /// A tensor's own values, as if they stood in a checkpoint.
  package init(viewing tensor: Tensor) {
    let bytes = unsafe tensor.withBuffer { unsafe SharedBytes(UnsafeRawBufferPointer($0), owner: tensor.storage) }
    self.init(shape: tensor.shape, elementType: .float32, bytes: bytes)
  }

  /// Values that are computed when they are first read, and again when they are read after they were converted: what is
  /// packed keeps no second copy.
  ///
  /// - Parameter compute: Makes a tensor of `shape`, always the same.
  package init(shape: [Int], computing compute: @escaping @Sendable () -> Tensor) {
    let values = ComputedValues(count: shape.product, compute)
    self.init(shape: shape, elementType: .float32, bytes: SharedBytes(values))
  }

  package init(shape: [Int], elementType: ElementType, bytes: SharedBytes, scales: WeightScales? = nil) {
    let expected = elementType.bytes(for: shape.product)
    precondition(
      expected == bytes.count,
      "StoredTensor: \(shape) of \(elementType.name) takes \(expected ?? -1), not \(bytes.count) bytes")
    self.shape = shape
    self.elementType = elementType
    self.bytes = bytes
    self.scales = scales
  }
}

extension StoredTensor {
  /// The same values, each multiplied by its scale.
  package func scaled(by scales: WeightScales) -> StoredTensor {
    var scaled = StoredTensor(shape: shape, elementType: elementType, bytes: bytes, scales: scales)
    scaled.isTransient = isTransient
    return scaled
  }
}

/// Whoever keeps bytes readable whose memory can be given back, since they can be read again at any time: a mapped file.
package protocol DiscardableBytes: AnyObject, Sendable {
  /// Gives back the memory that the bytes take.
  func discard(_ bytes: UnsafeRawBufferPointer)
  /// Starts to read the bytes, without waiting for them.
  func prefetch(_ bytes: UnsafeRawBufferPointer)
}

/// A read-only range of bytes that outlives every view of it: where they lie, or of values that are computed when asked for.
@safe package struct SharedBytes: @unchecked Sendable {
  @unsafe private enum Place {
    /// The owner keeps the memory alive: a mapped file, or a block that somebody filled.
    case lying(UnsafeRawBufferPointer, owner: AnyObject)
    case computed(ComputedValues, Range<Int>)
  }

  private let place: Place

  package init(_ buffer: UnsafeRawBufferPointer, owner: AnyObject) {
    unsafe place = .lying(buffer, owner: owner)
  }

  init(_ values: ComputedValues) {
    unsafe place = .computed(values, 0..<values.count * MemoryLayout<Float>.stride)
  }

  private init(_ place: Place) {
    unsafe self.place = place
  }

  package var count: Int {
    switch unsafe place {
    case .lying(let buffer, _): buffer.count
    case .computed(_, let range): range.count
    }
  }

  /// Reads the bytes in place.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try unsafe withOwnedBytes { bytes, _ in try unsafe body(bytes) }
  }

  /// Reads the bytes in place; `body` may hold on to who keeps them readable.
  func withOwnedBytes<Result>(_ body: (UnsafeRawBufferPointer, AnyObject) throws -> Result) rethrows -> Result {
    switch unsafe place {
    case .lying(let buffer, let owner):
      defer { withExtendedLifetime(owner) {} }
      return try unsafe body(buffer, owner)
    case .computed(let values, let range):
      let tensor = values.tensor
      return try unsafe tensor.withBuffer { buffer in
        try unsafe body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[range]), tensor.storage)
      }
    }
  }

  /// The bytes in `range`, kept by the same owner.
  package func part(_ range: Range<Int>) -> SharedBytes {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "part: \(range) is not within 0..<\(count)")
    switch unsafe place {
    case .lying(let buffer, let owner):
      return unsafe SharedBytes(UnsafeRawBufferPointer(rebasing: buffer[range]), owner: owner)
    case .computed(let values, let whole):
      return unsafe SharedBytes(
        .computed(values, whole.lowerBound + range.lowerBound..<whole.lowerBound + range.upperBound))
    }
  }

  /// Says that the bytes have been converted and will hardly be read again soon.
  package func discard() {
    switch unsafe place {
    case .lying(let buffer, let owner):
      if let owner = owner as? any DiscardableBytes { unsafe owner.discard(buffer) }
    case .computed(let values, _): values.discard()
    }
  }

  /// Says that the bytes will be read soon.
  package func prefetch() {
    guard case .lying(let buffer, let owner) = unsafe place, let owner = owner as? any DiscardableBytes else { return }
    unsafe owner.prefetch(buffer)
  }
}
