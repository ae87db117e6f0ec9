import Tensors

/// A matrix `[outputs, inputs]`, or a convolution's `[outputs, inputs * window]`, as the product of smaller ones.
enum FactoredMatrix: Sendable {
  /// The matrix itself.
  case whole(StoredTensor)
  /// `[outputs, rank]` times `[rank, inputs * window]`.
  case product(left: StoredTensor, right: StoredTensor)
  /// `[outputs, i]`, `[i, j, height, width]`, `[j, inputs]`: a convolution between two pointwise ones (Tucker's decomposition).
  case tucker(left: StoredTensor, core: StoredTensor, right: StoredTensor)

  /// Rows and columns; nil where the factors do not fit each other.
  var extent: (rows: Int, columns: Int)? {
    switch self {
    case .whole(let matrix): return matrix.extent
    case .product(let left, let right):
      guard let left = left.extent, let right = right.extent, left.columns == right.rows else { return nil }
      return (left.rows, right.columns)
    case .tucker(let left, let core, let right):
      guard let left = left.extent, let right = right.extent, core.shape.count == 4, left.columns == core.shape[0],
        right.rows == core.shape[1]
      else { return nil }
      return (left.rows, right.columns * core.shape[2] * core.shape[3])
    }
  }

  /// The rank by which alpha is divided; nil for a whole matrix.
  var rank: Int? {
    switch self {
    case .whole: nil
    case .product(_, let right), .tucker(_, _, let right): right.shape.first
    }
  }

  /// `[outputs, inputs * window]`
  func matrix() -> Tensor {
    switch self {
    case .whole(let matrix): matrix.asMatrix
    case .product(let left, let right): left.asMatrix.times(right.asMatrix)
    case .tucker(let left, let core, let right): FactoredMatrix.tucker(left.asMatrix, core.widened(), right.asMatrix)
    }
  }

  /// `base + factor * self`, in float32.
  ///
  /// - Parameter base: `[outputs, inputs * window]`
  func added(to base: Tensor, times factor: Float) -> Tensor {
    if case .product(let left, let right) = self { return (left.asMatrix * factor).times(right.asMatrix, plus: base) }
    return base.zip(matrix()) { $0 + factor * $1 }
  }

  /// `result[p, q, y, x]` is the sum of `left[p, i] * core[i, j, y, x] * right[j, q]`.
  private static func tucker(_ left: Tensor, _ core: Tensor, _ right: Tensor) -> Tensor {
    let (outputs, inputs) = (left.shape[0], right.shape[1])
    let (i, j, height, width) = (core.shape[0], core.shape[1], core.shape[2], core.shape[3])
    let inner = core.channelsLast().reshaped([i * height * width, j]).times(right)
    return left.times(inner.reshaped([i, height * width * inputs]))
      .reshaped([outputs, height, width, inputs]).channelsFirst()
      .reshaped([outputs, inputs * height * width])
  }
}

extension StoredTensor {
  /// Rows and columns as a matrix, what follows the first axis being one; nil for a scalar.
  var extent: (rows: Int, columns: Int)? {
    shape.isEmpty ? nil : (shape[0], shape.dropFirst().reduce(1, *))
  }

  fileprivate var asMatrix: Tensor { widened().reshaped([shape[0], shape.dropFirst().reduce(1, *)]) }
}

extension Tensor {
  /// `[rows, depth]` times `[depth, columns]`, plus a matrix of the result's shape.
  fileprivate func times(_ right: Tensor, plus base: Tensor? = nil) -> Tensor {
    let columnsFirst = StoredTensor(viewing: right).transposed()
    return LinearOperator(weight: columnsFirst, bias: nil)(self, Epilogue(residual: base))
  }
}
