import Tensors

/// What a LoRA does to one tensor.
///
/// LoRA (Hu et al. 2021), LoHa and LoKr (Yeh et al. 2023, LyCORIS), DoRA (Liu et al. 2024).
struct TensorDelta: Sendable {
  enum Form: Sendable {
    case matrix(FactoredMatrix)
    /// The product of two matrices value by value (LoHa).
    case hadamard(FactoredMatrix, FactoredMatrix)
    /// The Kronecker product (LoKr): each value of the first times the whole second.
    case kronecker(FactoredMatrix, FactoredMatrix)
  }

  let form: Form
  /// alpha / rank, or what stands for it.
  let scale: Float
  /// What the rows, or the columns, of the changed matrix are made as long as (DoRA): as many values as there are of them.
  let magnitude: StoredTensor?
  /// Which rows of the matrix that is changed are the model's tensor: a third of a fused projection, or all, perhaps with
  /// swapped halves.
  var cut = KeyMap.Form.same

  init(form: Form, scale: Float, magnitude: StoredTensor?) {
    self.form = form
    self.scale = scale
    self.magnitude = magnitude
  }

  /// Why the change does not fit a tensor of that shape, as the end of "`name` ..."; nil where it does.
  func misfit(_ shape: [Int]) -> String? {
    let (rows, columns) = (shape.first ?? 1, shape.dropFirst().reduce(1, *))
    guard let extent else { return "has factors that do not fit each other" }
    let isThird = if case .third = cut { true } else { false }
    guard extent == (rows * (isThird ? 3 : 1), columns) else {
      return
        "changes a matrix [\(extent.rows), \(extent.columns)]; the model's is \(isThird ? "a third of [\(3 * rows), \(columns)]" : "\(shape)")"
    }
    if cut != .same, magnitude != nil { return "has magnitudes of a fused matrix, which limn does not take apart" }
    guard let magnitude, axis(of: magnitude, shape) == nil else { return nil }
    return "has magnitudes \(magnitude.shape) for \(shape)"
  }

  private var extent: (rows: Int, columns: Int)? {
    switch form {
    case .matrix(let matrix): return matrix.extent
    case .hadamard(let first, let second):
      guard let first = first.extent, let second = second.extent, first == second else { return nil }
      return first
    case .kronecker(let first, let second):
      guard let first = first.extent, let second = second.extent else { return nil }
      return (first.rows * second.rows, first.columns * second.columns)
    }
  }

  /// The tensor with the change, in float32.
  ///
  /// - Parameters:
  ///   - base: Of a shape that fits.
  ///   - weight: How much of the change: 0 none, 1 all.
  func applied(to base: Tensor, weight: Float) -> Tensor {
    let matrix = base.reshaped([base.shape.first ?? 1, base.shape.dropFirst().reduce(1, *)])
    guard let magnitude, let axis = axis(of: magnitude, base.shape) else {
      return added(to: matrix, times: weight * scale).reshaped(base.shape)
    }
    let whole = added(to: matrix, times: scale).reshaped(base.shape)
      .withLengths(magnitude.widened().values, along: axis)
    return weight == 1 ? whole : base.zip(whole) { $0 + weight * ($1 - $0) }
  }

  private func added(to base: Tensor, times factor: Float) -> Tensor {
    guard cut == .same else { return base.zip(rows(of: change())) { $0 + factor * $1 } }
    return switch form {
    case .matrix(let matrix): matrix.added(to: base, times: factor)
    case .hadamard, .kronecker: base.zip(change()) { $0 + factor * $1 }
    }
  }

  /// The change of the whole matrix, `[outputs, inputs]`.
  private func change() -> Tensor {
    switch form {
    case .matrix(let matrix): matrix.matrix()
    case .hadamard(let first, let second): first.matrix().zip(second.matrix()) { $0 * $1 }
    case .kronecker(let first, let second): first.matrix().kronecker(second.matrix())
    }
  }

  private func rows(of whole: Tensor) -> Tensor {
    let count = whole.shape[0]
    switch cut {
    case .third(let third): return whole.slice(count / 3 * third..<count / 3 * (third + 1))
    case .swappedHalves:
      return .concatenated([whole.slice(count / 2..<count), whole.slice(0..<count / 2)])
    case .same, .matrix, .transposed: return whole
    }
  }

  /// peft and LyCORIS keep a magnitude for each output; LyCORIS, in older files, `[1, inputs, ...]` one for each input.
  private func axis(of magnitude: StoredTensor, _ shape: [Int]) -> Int? {
    let count = magnitude.shape.product
    if magnitude.shape.first == shape.first, count == shape.first { return 0 }
    return magnitude.shape.count > 1 && magnitude.shape[0] == 1 && shape.count > 1 && count == shape[1] ? 1 : nil
  }
}

extension Tensor {
  /// `[a * c, b * d]` of `[a, b]` and `[c, d]`.
  fileprivate func kronecker(_ other: Tensor) -> Tensor {
    let (rows, columns) = (other.shape[0], other.shape[1])
    var values: [Float] = []
    values.reserveCapacity(count * other.count)
    let (outer, inner) = (self.values, other.values)
    for row in 0..<shape[0] {
      for innerRow in 0..<rows {
        for column in 0..<shape[1] {
          let factor = outer[row * shape[1] + column]
          for place in innerRow * columns..<(innerRow + 1) * columns { values.append(factor * inner[place]) }
        }
      }
    }
    return Tensor(shape: [shape[0] * rows, shape[1] * columns], values: values)
  }

  /// The same directions with other lengths: of each output's values (axis 0), or of each input's (axis 1).
  ///
  /// LyCORIS adds float32's epsilon to what it divides by.
  fileprivate func withLengths(_ lengths: [Float], along axis: Int) -> Tensor {
    let inner = shape.dropFirst(axis + 1).reduce(1, *)
    let extent = shape[axis]
    var squares = [Double](repeating: 0, count: extent)
    let values = values
    for (place, value) in values.enumerated() { squares[place / inner % extent] += Double(value) * Double(value) }
    let factors = Swift.zip(lengths, squares).map { $0 / (Float($1.squareRoot()) + Float.ulpOfOne) }
    return Tensor(shape: shape, values: values.enumerated().map { $1 * factors[$0 / inner % extent] })
  }
}
