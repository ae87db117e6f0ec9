/// Element-by-element arithmetic for small tensors (latents, embeddings). Activations go through `Operations/`.
extension Tensor {
  /// Applies `transform` to each value.
  package func map(_ transform: (Float) -> Float) -> Tensor {
    unsafe withBuffer { source in
      unsafe Tensor(shape: shape) { target in
        for index in source.indices {
          unsafe target.initializeElement(at: index, to: transform(source[index]))
        }
      }
    }
  }

  /// Combines two tensors of one shape.
  package func zip(_ other: Tensor, _ combine: (Float, Float) -> Float) -> Tensor {
    precondition(shape == other.shape, "zip: shapes \(shape) and \(other.shape) differ")
    return unsafe withBuffer { left in
      unsafe other.withBuffer { right in
        unsafe Tensor(shape: shape) { target in
          for index in left.indices {
            unsafe target.initializeElement(at: index, to: combine(left[index], right[index]))
          }
        }
      }
    }
  }

  package static func + (left: Tensor, right: Tensor) -> Tensor { left.zip(right, +) }
  package static func - (left: Tensor, right: Tensor) -> Tensor { left.zip(right, -) }
  package static func * (left: Tensor, right: Tensor) -> Tensor { left.zip(right, *) }
  package static func * (left: Tensor, right: Float) -> Tensor { left.map { $0 * right } }
  package static func * (left: Float, right: Tensor) -> Tensor { right.map { left * $0 } }
  package static func / (left: Tensor, right: Float) -> Tensor { left.map { $0 / right } }
  package static func + (left: Tensor, right: Float) -> Tensor { left.map { $0 + right } }
  package static func - (left: Tensor, right: Float) -> Tensor { left.map { $0 - right } }
  package static prefix func - (operand: Tensor) -> Tensor { operand.map { -$0 } }

  /// Every value limited to `range`; a NaN stays one.
  package func clamped(to range: ClosedRange<Float>) -> Tensor {
    map { $0 < range.lowerBound ? range.lowerBound : ($0 > range.upperBound ? range.upperBound : $0) }
  }
}
