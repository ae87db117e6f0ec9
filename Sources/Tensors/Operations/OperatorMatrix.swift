/// An operator's matrix: packed once and kept, or packed anew for each call and let go.
enum OperatorMatrix: Sendable {
  case kept(PreparedMatrix)
  case transient(StoredTensor)

  init(_ weight: StoredTensor) {
    self = weight.isTransient ? .transient(weight) : .kept(PreparedMatrix(weight, precision: weight.precision))
  }

  /// Has the system fetch the matrix from its file, where that is read at each call.
  func prefetch() {
    switch self {
    case .kept(let matrix): matrix.prefetch()
    case .transient(let weight): weight.bytes.prefetch()
    }
  }

  /// The matrix for one call.
  func prepared() -> PreparedMatrix {
    switch self {
    case .kept(let matrix): matrix
    case .transient(let weight): PreparedMatrix(weight, precision: weight.precision)
    }
  }
}
