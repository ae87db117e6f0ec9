import System

extension Float {
  /// `1 / (1 + exp(-x))`
  package var sigmoid: Float { 1 / (1 + exp(-self)) }
}

extension Tensor {
  /// Every value by the logistic function.
  package var sigmoid: Tensor { map(\.sigmoid) }
}
