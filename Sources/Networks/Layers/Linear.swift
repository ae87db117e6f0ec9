import Tensors

/// `y = x W' + b` over the last axis.
struct Linear: Sendable {
  private let product: LinearOperator

  init(_ inputs: Int, _ outputs: Int, bias: Bool = true, _ weights: Weights) throws {
    product = LinearOperator(
      weight: try weights.tensor("weight", shape: [outputs, inputs]),
      bias: bias ? try weights.tensor("bias", shape: [outputs]) : nil)
  }

  /// - Parameter matrix: `[outputs, inputs]`, such as a part of one that the checkpoint fuses.
  init(_ matrix: StoredTensor) {
    product = LinearOperator(weight: matrix, bias: nil)
  }

  /// How it multiplies.
  var precision: Precision { product.precision }

  /// The first half of the outputs times the GELU of the second.
  func gatedGELU(_ x: Tensor) -> Tensor { product.gatedGELU(x) }

  /// The SiLU of the first half of the outputs times the second.
  func gatedSiLU(_ x: Tensor) -> Tensor { product.gatedSiLU(x) }

  /// The SiLU of the outputs times those of a layer of the same shape.
  func gatedSiLU(_ x: Tensor, times other: Linear) -> Tensor { product.gatedSiLU(x, times: other.product) }

  /// Has the system fetch the matrix from its file, where the layer does not keep it.
  func prefetch() { product.prefetch() }

  func callAsFunction(_ x: Tensor, _ epilogue: Epilogue = .none) -> Tensor { product(x, epilogue) }
}
