import KernelInterface

/// What follows a matrix product or a convolution while its result is still in the cache:
/// `activation(x + bias) + residual`.
package struct Epilogue: Sendable {
  package var activation: Activation
  /// Added last; of the result's shape.
  package var residual: Tensor?

  package init(activation: Activation = .none, residual: Tensor? = nil) {
    self.activation = activation
    self.residual = residual
  }

  package static let none = Epilogue()
}

extension Epilogue {
  /// Applies the epilogue to part of a row-major result of `width` columns: the given rows and columns.
  func apply(
    to result: UnsafeMutablePointer<Float>, width: Int, rows: Range<Int>, columns: Range<Int>, bias: Tensor?
  ) {
    guard bias != nil || residual != nil || activation != .none else { return }
    let offset = rows.lowerBound * width + columns.lowerBound
    unsafe Compute.kernels.finishRows(
      result + offset, rows: rows.count, width: columns.count, stride: width,
      bias: bias.map { unsafe UnsafePointer($0.storage.base) + columns.lowerBound }, activation: activation,
      residual: residual.map { unsafe UnsafePointer($0.storage.base) + offset }, residualStride: width)
  }
}
