import Images
import Tensors

/// A picture that controls what is painted.
package struct ControlInput: Sendable {
  package let model: ControlModel
  package let kind: ControlKind
  /// As the network sees it, of the size of what is painted.
  package let picture: Picture
  /// How strongly: 1 as it was trained.
  package let weight: Double
  /// The share of the steps from which, and until which, it counts.
  package let range: ClosedRange<Double>

  package init(
    _ model: ControlModel, kind: ControlKind, picture: Picture, weight: Double = 1, range: ClosedRange<Double> = 0...1
  ) {
    (self.model, self.kind, self.picture) = (model, kind, picture)
    (self.weight, self.range) = (weight, range)
  }

  /// Whether it counts at an evaluation, as diffusers decides it.
  func counts(at evaluation: Int, of count: Int) -> Bool {
    let (from, to) = (Double(evaluation) / Double(count), Double(evaluation + 1) / Double(count))
    return weight != 0 && from >= range.lowerBound && to <= range.upperBound
  }
}

/// How strictly pictures that control are followed.
package enum ControlMode: String, Sendable, CaseIterable {
  case balanced
  /// More than the prompt: the control does not count without it, and less on the outside (diffusers' `guess_mode`).
  case guess
}

extension Picture {
  /// `[1, height, width, 3]`, values 0 to 1.
  package var unitTensor: Tensor {
    Tensor(shape: [1, height, width, 3], values: pixels.map { Float($0) / 255 })
  }
}
