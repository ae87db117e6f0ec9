import COpenBLAS

/// The right side of a matrix product in the form that the kernels want: packed into panels where our own kernel is the
/// faster one, as a row-major matrix where OpenBLAS is.
///
/// Panels keep the checkpoint's 16-bit numbers and are widened, one at a time, on their way into the cache: half the
/// memory, and next to no time once a few dozen rows share a panel. What a file holds in blocks stays there (``BlockMatrix``). For
/// products of bfloat16 panels keep pairs of these.
struct PreparedMatrix: Sendable {
  let columns: Int
  let depth: Int
  /// How its numbers are multiplied.
  let precision: Precision
  /// Whether it lies in panels.
  private let isPacked: Bool
  /// Channels of a convolution's window, the depth of a linear layer.
  private let channels: Int
  private let elementType: ElementType
  /// Panels, or for OpenBLAS `[columns, depth]`; 16-bit values lie two in a float's place.
  private let storage: Storage
  /// What stands for `storage` where the weights stay in the file's blocks.
  private let blocks: BlockMatrix?
  /// What stands for `storage` where products are of bytes.
  private let bytes: ByteMatrix?
  /// What stands for `storage` where products are of bfloat16, and so is the file.
  private let rowMatrix: RowMatrix?

  /// Depth of a pass at most: a panel's part and the rows that meet it then stay in the second-level cache.
  private static let passDepth = 768

  /// Rows that share a panel's reading: few enough that they stay in the second-level cache while the columns pass.
  static let packedRows = 192
  /// The same where reading a panel means making it of blocks or rows, which costs more than rows that come from farther.
  var sharingRows: Int { blocks == nil && rowMatrix == nil ? PreparedMatrix.packedRows : 4 * PreparedMatrix.packedRows }

  /// Columns are dealt out in multiples of this.
  static var columnGranularity: Int { Compute.kernels.panelWidth }

  /// - Parameters:
  ///   - weight: `[columns, channels, ...]`. What follows the channels (a convolution's window) comes first in the depth: value
  ///     `tap * channels + channel`.
  ///   - inPanels: Whether it is packed into panels, for our own kernel.
  ///   - precision: bfloat16 and int8 are for matrices of linear layers in panels; others stay float32.
  init(
    _ weight: StoredTensor, inPanels: Bool = Compute.kernels.outrunsBLAS, precision: Precision = .float32
  ) {
    let channels = weight.shape.count > 1 ? weight.shape[1] : 1
    let taps = weight.shape.dropFirst(2).reduce(1, *)
    columns = weight.shape[0]
    depth = channels * taps
    self.channels = channels
    isPacked = inPanels
    self.precision = inPanels ? precision : .float32
    precondition(
      self.precision == .float32 || taps == 1, "PreparedMatrix: \(precision.rawValue) for a window of \(taps) taps")
    if self.precision == .int8 {
      elementType = weight.elementType
      storage = Storage(count: 0)
      (blocks, rowMatrix) = (nil, nil)
      bytes = ByteMatrix(weight.reshaped([columns, depth]))
      return
    }
    bytes = nil
    if inPanels, weight.elementType.staysInBlocks {
      elementType = weight.elementType
      storage = Storage(count: 0)
      blocks = BlockMatrix(weight, channels: channels, taps: taps)
      rowMatrix = nil
      return
    }
    blocks = nil
    if self.precision == .bfloat16, RowMatrix.takes(weight) {
      elementType = weight.elementType
      storage = Storage(count: 0)
      rowMatrix = RowMatrix(weight)
      return
    }
    rowMatrix = nil
    if self.precision == .bfloat16 {
      elementType = .bfloat16
      storage = PreparedMatrix.paired(weight, depth: channels)
    } else if inPanels {
      let packable = PreparedMatrix.packable(weight)
      elementType = packable.elementType
      storage = PreparedMatrix.packed(packable, channels: channels, taps: taps)
    } else {
      elementType = .float32
      let matrix = weight.widened().reshaped([columns, channels, taps, 1])
      storage = (taps == 1 ? matrix : matrix.channelsLast()).storage
    }
    weight.bytes.discard()
  }

  /// What a tensor takes when it is prepared for our kernels or, where that is faster, for OpenBLAS.
  static func bytes(of weight: StoredTensor) -> Int {
    let values = weight.shape.product
    guard Compute.kernels.outrunsBLAS else { return values * MemoryLayout<Float>.stride }
    if ByteMatrix.takes(weight) { return ByteMatrix.bytes(weight.shape) }
    if weight.elementType.staysInBlocks { return weight.bytes.count }
    if weight.precision.besideBytes == .bfloat16, weight.shape.dropFirst(2).allSatisfy({ $0 == 1 }) {
      return values * MemoryLayout<UInt16>.stride
    }
    return packable(weight).elementType.bytes(for: values) ?? weight.bytes.count
  }

  /// The tensor in a form that panels have.
  private static func packable(_ weight: StoredTensor) -> StoredTensor {
    guard case .blocks = weight.elementType else { return weight }
    return StoredTensor(shape: weight.shape) { weight.widened() }
  }

  /// Has the system fetch what it reads from a file at each product.
  func prefetch() { rowMatrix?.prefetch() }

  /// Whether reading some of a window's taps means widening them all.
  var widensWholeWindows: Bool { blocks != nil && depth > channels }

  private static func packed(_ weight: StoredTensor, channels: Int, taps: Int) -> Storage {
    let columns = weight.shape[0]
    let (kernels, width, depth) = (Compute.kernels, Compute.kernels.panelWidth, channels * taps)
    let panels = (columns + width - 1) / width
    let values = panels * width * depth
    let storage = Storage(count: weight.elementType == .float32 ? values : (values + 1) / 2)
    unsafe weight.bytes.withAlignedBytes(to: weight.elementType.alignment) { raw in
      Compute.pool.forEach(panels) { panel in
        let first = panel * width
        let used = min(width, columns - first)
        let padded = kernels.paddedWidth(used)
        for tap in 0..<taps {
          let from = first * depth + tap
          let to = first * depth + tap * channels * padded
          if weight.elementType == .float32 {
            unsafe kernels.packPanels(
              raw.assumingMemoryBound(to: Float.self) + from, columnStride: depth, depthStride: taps, columns: used,
              depth: channels, into: storage.base + to)
          } else {
            let target = unsafe UnsafeMutableRawPointer(storage.base).assumingMemoryBound(to: UInt16.self)
            unsafe kernels.packHalfPanels(
              raw.assumingMemoryBound(to: UInt16.self) + from, columnStride: depth, depthStride: taps, columns: used,
              depth: channels, into: target + to)
          }
        }
      }
    }
    return storage
  }

  /// Panels of words: two neighbours of the depth each.
  private static func paired(_ weight: StoredTensor, depth: Int) -> Storage {
    let (kernels, columns, words) = (Compute.kernels, weight.shape[0], (depth + 1) / 2)
    let width = kernels.panelWidth
    let panels = (columns + width - 1) / width
    let storage = Storage(count: panels * width * words)
    unsafe weight.bytes.withBytes { raw in
      Compute.pool.forEach(panels) { panel in
        let first = panel * width
        let used = min(width, columns - first)
        let target = unsafe storage.base + first * words
        let start = unsafe raw.baseAddress! + first * depth * MemoryLayout<UInt16>.stride
        if weight.elementType == .bfloat16, depth % 2 == 0, Int(bitPattern: start) % MemoryLayout<Float>.alignment == 0
        {
          // Neighbours lie together already.
          unsafe kernels.packPanels(
            start.assumingMemoryBound(to: Float.self), columnStride: words, depthStride: 1, columns: used,
            depth: words, into: target)
          return
        }
        unsafe withScratch(depth + used * words) { line in
          let rounded = unsafe line + depth
          for column in 0..<used {
            let place = (first + column) * depth
            unsafe weight.widen(raw, place..<place + depth, into: line)
            unsafe kernels.roundToPairs(
              line, stride: depth, rows: 1, width: depth, into: (rounded + column * words).words, targetStride: words)
          }
          unsafe kernels.packPanels(
            rounded, columnStride: words, depthStride: 1, columns: used, depth: words, into: target)
        }
      }
    }
    return storage
  }

  /// A product's left side, as ``withRows(_:_:_:)`` wants it: as it lies, or in bytes.
  ///
  /// - Parameter x: `[..., depth]`
  func input(_ x: Tensor) -> ProductInput { ProductInput(x: x, bytes: bytes == nil ? nil : ByteRows(x)) }

  /// Calls `body` with rows as ``multiply(_:into:targetStride:rows:columns:)`` wants them: where they lie, or rounded.
  func withRows(_ input: ProductInput, _ rows: Range<Int>, _ body: (ProductRows) -> Void) {
    let left = unsafe UnsafePointer(input.x.storage.base) + rows.lowerBound * depth
    if let bytes = input.bytes {
      bytes.withPlace(of: rows.lowerBound) { unsafe body(ProductRows(place: left, stride: depth, bytes: $0)) }
      return
    }
    guard precision == .bfloat16 else { return unsafe body(ProductRows(place: left, stride: depth)) }
    let words = (depth + 1) / 2
    unsafe withScratch(rows.count * words) { pairs in
      unsafe Compute.kernels.roundToPairs(
        left, stride: depth, rows: rows.count, width: depth, into: pairs.words, targetStride: words)
      unsafe body(ProductRows(place: pairs, stride: words))
    }
  }

  /// `target = left * self` for some rows and columns, on the calling thread. `target` points to the first of the rows
  /// and columns; a range of columns starts at a multiple of ``columnGranularity``.
  func multiply(
    _ left: ProductRows, into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int,
    columns range: Range<Int>
  ) {
    if let bytes, let place = left.bytes {
      return unsafe bytes.multiply(place, count: rows, columns: range, into: target, targetStride: targetStride)
    }
    guard precision == .bfloat16 else {
      return unsafe multiply(
        left.place, leftStride: left.stride, into: target, targetStride: targetStride, rows: rows, columns: range)
    }
    if let blocks {
      return unsafe multiply(
        left, blocks, into: target, targetStride: targetStride, rows: rows, columns: range)
    }
    if let rowMatrix {
      return unsafe multiply(
        left, rowMatrix, into: target, targetStride: targetStride, rows: rows, columns: range)
    }
    let words = (depth + 1) / 2
    for pass in Passes(words, atMost: PreparedMatrix.passDepth).ranges {
      unsafe Compute.kernels.multiplyPairPanels(
        left.place.words + pass.lowerBound, leftStride: left.stride, (storage.base + range.lowerBound * words).words,
        panelDepth: words, depthRange: pass, columns: range.count, into: target, targetStride: targetStride, rows: rows,
        accumulating: pass.lowerBound > 0)
    }
  }

  /// The same of pairs with a matrix that stays in rows.
  private func multiply(
    _ left: ProductRows, _ matrix: RowMatrix, into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int,
    columns range: Range<Int>
  ) {
    let kernels = Compute.kernels
    for pass in Passes(depth / 2, atMost: PreparedMatrix.passDepth).ranges {
      for first in stride(from: range.lowerBound, to: range.upperBound, by: kernels.panelWidth) {
        let used = min(kernels.panelWidth, range.upperBound - first)
        unsafe matrix.withPanel(at: first, columns: used, words: pass) { panel in
          unsafe kernels.multiplyPairPanels(
            left.place.words + pass.lowerBound, leftStride: left.stride, panel, panelDepth: pass.count,
            depthRange: 0..<pass.count, columns: used, into: target + first - range.lowerBound,
            targetStride: targetStride, rows: rows, accumulating: pass.lowerBound > 0)
        }
      }
    }
  }

  /// The same of pairs with a matrix whose panels become pairs one at a time.
  private func multiply(
    _ left: ProductRows, _ blocks: BlockMatrix, into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int,
    columns range: Range<Int>
  ) {
    let kernels = Compute.kernels
    let passes = Passes(depth, atMost: PreparedMatrix.passDepth, granularity: max(2, blocks.granularity))
    for pass in passes.ranges {
      for first in stride(from: range.lowerBound, to: range.upperBound, by: kernels.panelWidth) {
        let used = min(kernels.panelWidth, range.upperBound - first)
        let (padded, words) = (kernels.paddedWidth(used), (pass.count + 1) / 2)
        unsafe withPanel(at: first, columns: used, pass) { panel in
          unsafe withScratch(words * padded) { pairs in
            unsafe kernels.pairPanel(panel, depth: pass.count, width: padded, into: pairs.words)
            unsafe kernels.multiplyPairPanels(
              left.place.words + pass.lowerBound / 2, leftStride: left.stride, UnsafePointer(pairs).words,
              panelDepth: words, depthRange: 0..<words, columns: used, into: target + first - range.lowerBound,
              targetStride: targetStride, rows: rows, accumulating: pass.lowerBound > 0)
          }
        }
      }
    }
  }

  /// ``multiply(_:into:targetStride:rows:columns:)`` of rows as they lie. Only of a matrix of float32 products.
  func multiply(
    _ left: UnsafePointer<Float>, leftStride: Int, into target: UnsafeMutablePointer<Float>,
    targetStride: Int, rows: Int, columns range: Range<Int>
  ) {
    precondition(precision == .float32, "PreparedMatrix: rows that were not rounded")
    let start = range.lowerBound * depth
    guard isPacked else {
      return Compute.callLibrary {
        unsafe cblas_sgemm(
          CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(range.count), Int32(depth), 1, left,
          Int32(leftStride), storage.base + start, Int32(depth), 0, target, Int32(targetStride))
      }
    }
    let passes = Passes(depth, atMost: PreparedMatrix.passDepth, granularity: blocks?.granularity ?? 1)
    for pass in passes.ranges {
      if elementType == .float32 {
        unsafe Compute.kernels.multiplyPanels(
          left + pass.lowerBound, leftStride: leftStride, storage.base + start, panelDepth: depth,
          depthRange: pass, columns: range.count, into: target, targetStride: targetStride,
          rows: rows, accumulating: pass.lowerBound > 0)
      } else {
        for first in stride(from: range.lowerBound, to: range.upperBound, by: Compute.kernels.panelWidth) {
          let used = min(Compute.kernels.panelWidth, range.upperBound - first)
          unsafe withPanel(at: first, columns: used, pass) { panel in
            unsafe Compute.kernels.multiplyPanels(
              left + pass.lowerBound, leftStride: leftStride, panel, panelDepth: pass.count,
              depthRange: 0..<pass.count, columns: used, into: target + first - range.lowerBound,
              targetStride: targetStride, rows: rows,
              accumulating: pass.lowerBound > 0)
          }
        }
      }
    }
  }

  /// Part of a panel, `[depth, columns]` with full vectors, as float32. Only of a matrix in panels.
  ///
  /// - Parameter first: The panel's first column, a multiple of ``columnGranularity``.
  func withPanel(
    at first: Int, columns: Int, _ range: Range<Int>, _ body: (UnsafePointer<Float>) -> Void
  ) {
    let padded = Compute.kernels.paddedWidth(columns)
    let start = first * depth + range.lowerBound * padded
    guard elementType != .float32 else { return unsafe body(storage.base + start) }
    let whole = widensWholeWindows ? 0..<depth : range
    unsafe withScratch(whole.count * padded) { panel in
      if let blocks {
        let channels = widensWholeWindows ? 0..<channels : range
        unsafe blocks.widen(at: first, columns: columns, channels: channels, into: panel)
      } else {
        unsafe widen(start, range.count * padded, into: panel)
      }
      unsafe body(panel + (range.lowerBound - whole.lowerBound) * padded)
    }
  }

  /// A convolution's windows of one panel's columns and some channels, as float32: value t of each lies t times the stride that
  /// `body` is given from the first. Only of a matrix in panels.
  ///
  /// - Parameter first: The panel's first column, a multiple of ``columnGranularity``.
  func withWindows(
    at first: Int, columns: Int, channels range: Range<Int>, _ body: (UnsafePointer<Float>, Int) -> Void
  ) {
    let padded = Compute.kernels.paddedWidth(columns)
    let start = first * depth + range.lowerBound * padded
    let tapStride = channels * padded
    guard elementType != .float32 else { return unsafe body(storage.base + start, tapStride) }
    let taps = depth / channels
    let length = range.count * padded
    unsafe withScratch(taps * length) { windows in
      if let blocks {
        unsafe blocks.widen(at: first, columns: columns, channels: range, into: windows)
      } else {
        for tap in 0..<taps {
          unsafe widen(start + tap * tapStride, length, into: windows + tap * length)
        }
      }
      unsafe body(windows, length)
    }
  }

  /// Widens `count` 16-bit values.
  private func widen(_ start: Int, _ count: Int, into target: UnsafeMutablePointer<Float>) {
    let source = unsafe UnsafeRawPointer(storage.base).assumingMemoryBound(to: UInt16.self) + start
    if elementType == .float16 {
      unsafe Compute.kernels.widenHalf(source, into: target, count: count)
    } else {
      unsafe Compute.kernels.widenBrainFloat(source, into: target, count: count)
    }
  }
}

extension StoredTensor {
  /// What it takes once an operator has packed it.
  package var packedBytes: Int { PreparedMatrix.bytes(of: self) }
}

/// The left side of a product.
struct ProductInput: Sendable {
  fileprivate let x: Tensor
  fileprivate let bytes: ByteRows?
}

/// Rows of it, as a ``PreparedMatrix`` wants them.
@safe struct ProductRows {
  fileprivate let place: UnsafePointer<Float>
  /// In places of four bytes.
  fileprivate let stride: Int
  /// What stands for them in products of bytes.
  fileprivate let bytes: ByteRows.Place?

  fileprivate init(place: UnsafePointer<Float>, stride: Int, bytes: ByteRows.Place? = nil) {
    unsafe self.place = place
    self.stride = stride
    self.bytes = bytes
  }
}

extension UnsafePointer<Float> {
  /// The same place, holding pairs of bfloat16.
  var words: UnsafePointer<UInt32> { unsafe UnsafeRawPointer(self).assumingMemoryBound(to: UInt32.self) }
}

extension UnsafeMutablePointer<Float> {
  /// The same place, for pairs of bfloat16.
  var words: UnsafeMutablePointer<UInt32> { unsafe UnsafeMutableRawPointer(self).assumingMemoryBound(to: UInt32.self) }
}

extension SharedBytes {
  /// Reads the bytes from an address that elements of so many bytes may have: copied first where the checkpoint aligned them
  /// badly.
  func withAlignedBytes(to width: Int, _ body: (UnsafeRawPointer) -> Void) {
    unsafe withBytes { raw in
      guard let start = raw.baseAddress else { return }
      guard Int(bitPattern: start) % width != 0 else { return unsafe body(start) }
      unsafe withScratch((raw.count + 3) / 4) { copy in
        unsafe UnsafeMutableRawPointer(copy).copyMemory(from: start, byteCount: raw.count)
        unsafe body(UnsafeRawPointer(copy))
      }
    }
  }
}

/// `target = left * right`, square matrices, by OpenBLAS on the calling thread.
func multiplySquares(
  _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, edge: Int
) {
  let size = Int32(edge)
  Compute.callLibrary {
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, left, size, right, size, 0, target, size)
  }
}
