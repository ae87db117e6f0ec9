import COpenBLAS

/// The right side of a matrix product in the form that the kernels want: packed into panels where our own kernel is the
/// faster one, as a row-major matrix where OpenBLAS is.
///
/// Panels keep the checkpoint's 16-bit numbers and are widened, one at a time, on their way into the cache: half the
/// memory, and next to no time once a few dozen rows share a panel.
struct PreparedMatrix: Sendable {
  let columns: Int
  let depth: Int
  /// Values of one plane.
  private let planeSize: Int
  private let elementType: ElementType
  /// Panels, or for OpenBLAS `[columns, depth]`; 16-bit values lie two in a float's place.
  private let storage: Storage

  /// Depth of a pass at most: a panel's part and the rows that meet it then stay in the second-level cache.
  private static let passDepth = 768

  /// Columns are dealt out in multiples of this.
  static var columnGranularity: Int { Compute.kernels.panelWidth }

  /// - Parameter weight: `[columns, channels, ...]`. What follows the channels (a convolution's window) comes first in the
  ///   depth: value `tap * channels + channel`.
  init(_ weight: StoredTensor) {
    let channels = weight.shape.count > 1 ? weight.shape[1] : 1
    let taps = weight.shape.dropFirst(2).reduce(1, *)
    columns = weight.shape[0]
    depth = channels * taps
    planeSize = 0
    if Compute.kernels.outrunsBLAS {
      elementType = weight.elementType
      storage = PreparedMatrix.packed(weight, channels: channels, taps: taps)
    } else {
      elementType = .float32
      let matrix = weight.widened().reshaped([columns, channels, taps, 1])
      storage = (taps == 1 ? matrix : matrix.channelsLast()).storage
    }
    weight.bytes.rest()
  }

  /// Turns `count` windows into values for as many places of every plane: `source`, `tapStride`, `count`, `target`,
  /// `planeStride`, where value t of the windows lies t times `tapStride` from `source`.
  typealias WindowTransform = (UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Float>, Int) -> Void

  /// Several matrices of one shape, made of a convolution's windows.
  ///
  /// - Parameter weight: `[columns, depth, height, width]`; plane p of a window is a value of matrix p.
  init(planes count: Int, of weight: StoredTensor, transform: WindowTransform) {
    columns = weight.shape[0]
    depth = weight.shape[1]
    elementType = .float32
    let (columns, depth) = (columns, depth)
    let (kernels, taps, width) = (Compute.kernels, weight.shape[2] * weight.shape[3], Compute.kernels.panelWidth)
    let panels = (columns + width - 1) / width
    let planeSize = kernels.outrunsBLAS ? panels * width * depth : columns * depth
    let storage = Storage(count: count * planeSize)
    unsafe weight.bytes.withBytes { raw in
      if kernels.outrunsBLAS {
        let chunk = 16  // channels at a time, so that their windows stay in the second-level cache
        Compute.pool.forEach(panels) { panel in
          let first = panel * width
          let used = min(width, columns - first)
          let padded = kernels.paddedWidth(used)
          unsafe withScratch(2 * padded * chunk * taps) { windows in
            let turned = unsafe windows + padded * chunk * taps
            for channel in stride(from: 0, to: depth, by: chunk) {
              let length = min(chunk, depth - channel) * taps
              for column in 0..<used {
                let start = ((first + column) * depth + channel) * taps
                unsafe weight.widen(raw, start..<start + length, into: windows + column * length)
              }
              unsafe kernels.packPanels(
                windows, columnStride: length, depthStride: 1, columns: used, depth: length, into: turned)
              for index in 0..<length / taps {
                unsafe transform(
                  turned + index * taps * padded, padded, padded,
                  storage.base + first * depth + (channel + index) * padded, planeSize)
              }
            }
          }
        }
      } else {
        // For OpenBLAS, `[planes, columns, depth]`.
        Compute.pool.forEach(columns) { column in
          let length = depth * taps
          unsafe withScratch(length + (depth + width) * taps) { windows in
            unsafe weight.widen(raw, column * length..<(column + 1) * length, into: windows)
            unsafe kernels.packPanels(
              windows, columnStride: taps, depthStride: 1, columns: depth, depth: taps, into: windows + length)
            for channel in stride(from: 0, to: depth, by: width) {
              unsafe transform(
                windows + length + channel * taps, kernels.paddedWidth(min(width, depth - channel)),
                min(width, depth - channel), storage.base + column * depth + channel, planeSize)
            }
          }
        }
      }
    }
    weight.bytes.rest()
    self.planeSize = planeSize
    self.storage = storage
  }

  private static func packed(_ weight: StoredTensor, channels: Int, taps: Int) -> Storage {
    let columns = weight.shape[0]
    let (kernels, width, depth) = (Compute.kernels, Compute.kernels.panelWidth, channels * taps)
    let panels = (columns + width - 1) / width
    let values = panels * width * depth
    let storage = Storage(count: weight.elementType == .float32 ? values : (values + 1) / 2)
    unsafe weight.bytes.withAlignedBytes { raw in
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

  /// `target = left * self` for some rows and columns, on the calling thread. `target` points to the first of the rows,
  /// column 0; a range of columns starts at a multiple of ``columnGranularity``.
  func multiply(
    _ left: UnsafePointer<Float>, leftStride: Int, plane: Int = 0, into target: UnsafeMutablePointer<Float>,
    targetStride: Int, rows: Int, columns range: Range<Int>
  ) {
    let start = plane * planeSize + range.lowerBound * depth
    guard Compute.kernels.outrunsBLAS else {
      unsafe cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(range.count), Int32(depth), 1, left,
        Int32(leftStride), storage.base + start, Int32(depth), 0, target + range.lowerBound,
        Int32(targetStride))
      return
    }
    for pass in Passes(depth, atMost: PreparedMatrix.passDepth).ranges {
      if elementType == .float32 {
        unsafe Compute.kernels.multiplyPanels(
          left + pass.lowerBound, leftStride: leftStride, storage.base + start, panelDepth: depth,
          depthRange: pass, columns: range.count, into: target + range.lowerBound, targetStride: targetStride,
          rows: rows, accumulating: pass.lowerBound > 0)
      } else {
        for first in stride(from: range.lowerBound, to: range.upperBound, by: Compute.kernels.panelWidth) {
          let used = min(Compute.kernels.panelWidth, range.upperBound - first)
          unsafe withPanel(at: first, columns: used, pass) { panel in
            unsafe Compute.kernels.multiplyPanels(
              left + pass.lowerBound, leftStride: leftStride, panel, panelDepth: pass.count,
              depthRange: 0..<pass.count, columns: used, into: target + first, targetStride: targetStride, rows: rows,
              accumulating: pass.lowerBound > 0)
          }
        }
      }
    }
  }

  /// Part of a panel, `[depth, columns]` with full vectors, as float32. Only where our own kernel does the products.
  ///
  /// - Parameter first: The panel's first column, a multiple of ``columnGranularity``.
  func withPanel(
    at first: Int, columns: Int, _ range: Range<Int>, _ body: (UnsafePointer<Float>) -> Void
  ) {
    let kernels = Compute.kernels
    let padded = kernels.paddedWidth(columns)
    let start = first * depth + range.lowerBound * padded
    guard elementType != .float32 else { return unsafe body(storage.base + start) }
    let source = unsafe UnsafeRawPointer(storage.base).assumingMemoryBound(to: UInt16.self) + start
    unsafe withScratch(range.count * padded) { panel in
      if elementType == .float16 {
        unsafe kernels.widenHalf(source, into: panel, count: range.count * padded)
      } else {
        unsafe kernels.widenBrainFloat(source, into: panel, count: range.count * padded)
      }
      unsafe body(panel)
    }
  }
}

extension SharedBytes {
  /// Reads the bytes from an address that any element may have: copied first where the checkpoint aligned them badly.
  func withAlignedBytes(_ body: (UnsafeRawPointer) -> Void) {
    unsafe withBytes { raw in
      guard let start = raw.baseAddress else { return }
      guard Int(bitPattern: start) % MemoryLayout<Float>.alignment != 0 else { return unsafe body(start) }
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
  unsafe cblas_sgemm(
    CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, left, size, right, size, 0, target, size)
}
