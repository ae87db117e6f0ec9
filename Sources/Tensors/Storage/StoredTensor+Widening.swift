extension StoredTensor {
  /// The values as float32. Nothing is copied where the file already holds aligned float32.
  package func widened() -> Tensor {
    unsafe bytes.withOwnedBytes { raw, owner in
      let count = shape.product
      let aligned = Int(bitPattern: raw.baseAddress) % MemoryLayout<Float>.alignment == 0
      if elementType == .float32, aligned, count > 0 {
        let storage = unsafe Storage(viewing: raw.bindMemory(to: Float.self), owner: owner)
        return Tensor(shape: shape, storage: storage)
      }
      return unsafe Tensor(shape: shape) { target in
        guard count > 0 else { return }
        let start = target.baseAddress!
        Compute.pool.forRanges(count, minimum: 1 << 16) { range in
          unsafe widen(raw, range, into: start + range.lowerBound)
        }
      }
    }
  }

  /// Widens the elements of `range` to `target`. Checkpoints need not align their tensors.
  func widen(_ raw: UnsafeRawBufferPointer, _ range: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    let start = unsafe raw.baseAddress! + range.lowerBound * elementType.width
    if elementType == .float32 {
      unsafe UnsafeMutableRawPointer(target).copyMemory(from: start, byteCount: range.count * 4)
      return
    }
    guard Int(bitPattern: start) % MemoryLayout<UInt16>.alignment == 0 else {
      let copy = unsafe [UInt16](unsafeUninitializedCapacity: range.count) { buffer, count in
        unsafe UnsafeMutableRawPointer(buffer.baseAddress!).copyMemory(from: start, byteCount: range.count * 2)
        count = range.count
      }
      unsafe copy.withUnsafeBufferPointer { unsafe convert($0.baseAddress!, target, range.count) }
      return
    }
    unsafe convert(start.assumingMemoryBound(to: UInt16.self), target, range.count)
  }

  private func convert(_ source: UnsafePointer<UInt16>, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
    if elementType == .float16 {
      unsafe Compute.kernels.widenHalf(source, into: target, count: count)
    } else {
      unsafe Compute.kernels.widenBrainFloat(source, into: target, count: count)
    }
  }
}
