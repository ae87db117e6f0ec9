import COpenBLAS

/// The right side of a matrix product in the form that the kernels want: packed into panels where our own kernel is
/// the faster one, as it lies where OpenBLAS is.
struct PreparedMatrix: Sendable {
  let columns: Int
  let depth: Int
  private let values: Tensor

  /// Depth of a pass: a panel's part then stays in the second-level cache.
  private static let passDepth = 1024

  /// - Parameter weight: `[columns, depth]`, as linear layers store it.
  init(_ weight: Tensor) {
    columns = weight.shape[0]
    depth = weight.shape[1]
    values = Compute.kernels.outrunsBLAS ? PreparedMatrix.packed(weight) : weight
  }

  /// Column ranges handed to ``multiply(_:leftStride:into:targetStride:rows:columns:)`` start at multiples of this.
  static var columnGranularity: Int { Compute.kernels.panelWidth }

  private static func packed(_ weight: Tensor) -> Tensor {
    let (columns, depth) = (weight.shape[0], weight.shape[1])
    let width = Compute.kernels.panelWidth
    let panels = (columns + width - 1) / width
    return unsafe Tensor(shape: [panels * width * depth]) { result in
      let target = result.baseAddress!
      Compute.pool.forEach(panels) { panel in
        let first = panel * width
        unsafe Compute.kernels.packPanels(
          weight.storage.base + first * depth, columnStride: depth, depthStride: 1,
          columns: min(width, columns - first), depth: depth, into: target + first * depth)
      }
    }
  }

  /// `target = left * self` for some rows and columns, on the calling thread. `target` points to the first of the rows,
  /// column 0.
  func multiply(
    _ left: UnsafePointer<Float>, leftStride: Int, into target: UnsafeMutablePointer<Float>, targetStride: Int,
    rows: Int, columns range: Range<Int>
  ) {
    guard Compute.kernels.outrunsBLAS else {
      unsafe cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(range.count), Int32(depth), 1, left,
        Int32(leftStride), values.storage.base + range.lowerBound * depth, Int32(depth), 0, target + range.lowerBound,
        Int32(targetStride))
      return
    }
    for first in stride(from: 0, to: depth, by: PreparedMatrix.passDepth) {
      let pass = first..<min(depth, first + PreparedMatrix.passDepth)
      unsafe Compute.kernels.multiplyPanels(
        left + first, leftStride: leftStride, values.storage.base + range.lowerBound * depth, panelDepth: depth,
        depthRange: pass, columns: range.count, into: target + range.lowerBound, targetStride: targetStride, rows: rows,
        accumulating: first > 0)
    }
  }
}
