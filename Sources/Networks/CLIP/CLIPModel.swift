import System
import Tensors

/// Texts and pictures in one space (Radford et al. 2021; transformers' `CLIPModel`).
package struct CLIPModel: Sendable {
  package let configuration: CLIPConfiguration
  private let textEncoder: CLIPTextEncoder
  private let textProjection: Linear
  private let vision: CLIPVisionModelWithProjection
  /// What cosines are multiplied by to be logits: 100 in published models.
  package let logitScale: Float

  package init(_ configuration: CLIPConfiguration, _ weights: Weights) throws {
    let width = configuration.projectionDim
    self.configuration = configuration
    textEncoder = try CLIPTextEncoder(configuration.text, weights)
    textProjection = try Linear(configuration.text.hiddenSize, width, bias: false, weights["text_projection"])
    vision = try CLIPVisionModelWithProjection(configuration.vision, width: width, weights)
    logitScale = exp(try weights.tensor("logit_scale", shape: []).widened().values[0])
  }

  /// Directions of unit length, one for each text: `[texts, width]`.
  ///
  /// - Parameter texts: Tokens from the text's beginning to behind its end, all equally many.
  package func embeddings(ofTexts texts: [[Int]]) -> Tensor { textProjection(textEncoder.pooled(texts)).unitRows }

  /// Directions of unit length, one for each picture: `[batch, width]`.
  ///
  /// - Parameter pictures: `[batch, imageSize, imageSize, 3]`, normalised.
  package func embeddings(ofPictures pictures: Tensor) -> Tensor { vision(pictures).unitRows }
}

extension Tensor {
  /// Each row of a matrix divided by its length; a row of zeros stays (torch's `normalize`).
  var unitRows: Tensor {
    precondition(rank == 2, "unitRows: \(shape) is no matrix")
    var values = values
    for start in stride(from: 0, to: values.count, by: shape[1]) {
      let row = start..<start + shape[1]
      let length = Float(values[row].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
      for index in row { values[index] /= max(length, 1e-12) }
    }
    return Tensor(shape: shape, values: values)
  }

  /// The products of all rows of one matrix with all rows of another, `[rows, others]`.
  package func products(withRowsOf other: Tensor) -> [[Float]] {
    precondition(
      rank == 2 && other.rank == 2 && shape[1] == other.shape[1], "products: \(shape) with rows of \(other.shape)")
    let width = shape[1]
    let (own, others) = (values, other.values)
    return (0..<shape[0]).map { row in
      (0..<other.shape[0]).map { column in
        Float((0..<width).reduce(0.0) { $0 + Double(own[row * width + $1]) * Double(others[column * width + $1]) })
      }
    }
  }
}
