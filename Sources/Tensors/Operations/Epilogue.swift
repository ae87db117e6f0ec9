import KernelInterface

/// What follows a matrix product or a convolution while its result is still in the cache:
/// `activation(x + bias + shift) * scale + residual`.
package struct Epilogue: Sendable {
  /// Added with the bias: `[outputs]`.
  package var shift: Tensor?
  package var activation: Activation
  /// A factor for each output channel: `[outputs]`.
  package var scale: Tensor?
  /// Added last; of the result's shape.
  package var residual: Tensor?

  package init(
    shift: Tensor? = nil, activation: Activation = .none, scale: Tensor? = nil, residual: Tensor? = nil
  ) {
    self.shift = shift
    self.activation = activation
    self.scale = scale
    self.residual = residual
  }

  package static let none = Epilogue()
}

extension Epilogue {
  /// The same epilogue with an operator's own bias joined to `shift`, checked against the result's shape.
  func joined(with bias: Tensor?, resultShape: [Int]) -> Epilogue {
    let outputs = resultShape.last ?? 0
    precondition(
      (shift?.count ?? outputs) == outputs && (scale?.count ?? outputs) == outputs
        && (residual?.count ?? resultShape.product) == resultShape.product,
      "Epilogue: shift \(shift?.shape ?? []), scale \(scale?.shape ?? []), residual \(residual?.shape ?? []) for a result \(resultShape)"
    )
    var joined = self
    if let bias { joined.shift = shift.map { $0.reshaped([outputs]) + bias } ?? bias }
    return joined
  }

  /// Applies an epilogue without a residual to rows that lie elsewhere: `values` points to their values of the given columns.
  func apply(toRowsAt values: UnsafeMutablePointer<Float>, stride: Int, count: Int, columns: Range<Int>) {
    precondition(residual == nil, "Epilogue: a residual for rows that lie elsewhere")
    guard shift != nil || scale != nil || activation != .none else { return }
    unsafe Compute.kernels.finishRows(
      values, rows: count, width: columns.count, stride: stride,
      bias: shift.map { unsafe UnsafePointer($0.storage.base) + columns.lowerBound }, activation: activation,
      scale: scale.map { unsafe UnsafePointer($0.storage.base) + columns.lowerBound }, residual: nil)
  }

  /// Applies the epilogue to part of a row-major result of `width` columns: the given rows and columns.
  func apply(to result: UnsafeMutablePointer<Float>, width: Int, rows: Range<Int>, columns: Range<Int>) {
    guard shift != nil || residual != nil || scale != nil || activation != .none else { return }
    let offset = rows.lowerBound * width + columns.lowerBound
    unsafe Compute.kernels.finishRows(
      result + offset, rows: rows.count, width: columns.count, stride: width,
      bias: shift.map { unsafe UnsafePointer($0.storage.base) + columns.lowerBound }, activation: activation,
      scale: scale.map { unsafe UnsafePointer($0.storage.base) + columns.lowerBound },
      residual: residual.map { unsafe UnsafePointer($0.storage.base) + offset })
  }
}
