import Tensors

/// `y = x W' + b` over the last axis.
struct Linear: Sendable {
  private let product: LinearOperator

  init(_ inputs: Int, _ outputs: Int, bias: Bool = true, _ weights: Weights) throws {
    product = LinearOperator(
      weight: try weights.tensor("weight", shape: [outputs, inputs]),
      bias: bias ? try weights.tensor("bias", shape: [outputs]) : nil)
  }

  /// The first half of the outputs times the GELU of the second.
  func gatedGELU(_ x: Tensor) -> Tensor { product.gatedGELU(x) }

  func callAsFunction(_ x: Tensor, _ epilogue: Epilogue = .none) -> Tensor { product(x, epilogue) }
}
