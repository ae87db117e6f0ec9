import KernelInterface

extension StoredTensor {
  /// The values as float32. Nothing is copied where the file already holds aligned float32.
  package func widened() -> Tensor {
    unsafe bytes.withOwnedBytes { raw, owner in
      let count = shape.product
      let aligned = Int(bitPattern: raw.baseAddress) % MemoryLayout<Float>.alignment == 0
      if elementType == .float32, scales == nil, aligned, count > 0 {
        let storage = unsafe Storage(viewing: raw.bindMemory(to: Float.self), owner: owner)
        return Tensor(shape: shape, storage: storage)
      }
      return unsafe widened(raw, 0..<count, shape: shape)
    }
  }

  /// Some of the values as float32, under a shape of their own.
  func widened(_ range: Range<Int>, shape: [Int]) -> Tensor {
    unsafe bytes.withBytes { unsafe widened($0, range, shape: shape) }
  }

  private func widened(_ raw: UnsafeRawBufferPointer, _ values: Range<Int>, shape: [Int]) -> Tensor {
    unsafe Tensor(shape: shape) { target in
      guard !values.isEmpty else { return }
      let start = target.baseAddress!
      Compute.pool.forRanges(values.count, minimum: 1 << 16) { range in
        let part = values.lowerBound + range.lowerBound..<values.lowerBound + range.upperBound
        unsafe widen(raw, part, into: start + range.lowerBound)
      }
    }
  }

  /// Widens the elements of `range` to `target`. Checkpoints need not align their tensors.
  func widen(_ raw: UnsafeRawBufferPointer, _ range: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    guard !range.isEmpty else { return }
    switch elementType {
    case .float32:
      unsafe UnsafeMutableRawPointer(target)
        .copyMemory(from: raw.baseAddress! + range.lowerBound * 4, byteCount: range.count * 4)
    case .float16, .bfloat16: unsafe widenHalves(raw.baseAddress! + range.lowerBound * 2, range.count, into: target)
    case .blocks(let format): unsafe widen(raw.baseAddress!, of: format, range, into: target)
    }
    unsafe scales?.scale(target, range)
  }

  private func widenHalves(_ start: UnsafeRawPointer, _ count: Int, into target: UnsafeMutablePointer<Float>) {
    guard Int(bitPattern: start) % MemoryLayout<UInt16>.alignment == 0 else {
      let copy = unsafe [UInt16](unsafeUninitializedCapacity: count) { buffer, used in
        unsafe UnsafeMutableRawPointer(buffer.baseAddress!).copyMemory(from: start, byteCount: count * 2)
        used = count
      }
      unsafe copy.withUnsafeBufferPointer { unsafe convert($0.baseAddress!, target, count) }
      return
    }
    unsafe convert(start.assumingMemoryBound(to: UInt16.self), target, count)
  }

  private func convert(_ source: UnsafePointer<UInt16>, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
    if elementType == .float16 {
      unsafe Compute.kernels.widenHalf(source, into: target, count: count)
    } else {
      unsafe Compute.kernels.widenBrainFloat(source, into: target, count: count)
    }
  }

  /// Whole blocks at their place, the parts of those at both ends by way of a copy.
  private func widen(
    _ raw: UnsafeRawPointer, of format: BlockFormat, _ range: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) {
    let values = format.values
    var place = range.lowerBound
    while place < range.upperBound {
      let (block, inside) = place.quotientAndRemainder(dividingBy: values)
      let start = unsafe raw + block * format.bytes
      let rest = unsafe target + (place - range.lowerBound)
      let whole = inside == 0 ? (range.upperBound - place) / values : 0
      if whole > 0 {
        unsafe Compute.kernels.widenBlocks(start, of: format, into: rest, count: whole)
        place += whole * values
      } else {
        let count = min(values - inside, range.upperBound - place)
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: values) { copy in
          unsafe Compute.kernels.widenBlocks(start, of: format, into: copy.baseAddress!, count: 1)
          unsafe rest.update(from: copy.baseAddress! + inside, count: count)
        }
        place += count
      }
    }
  }
}
