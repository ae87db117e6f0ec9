import Tensors

/// The check that Stable Diffusion's pictures pass (diffusers' `StableDiffusionSafetyChecker`; Rando et al. 2022 took it
/// apart): a picture's direction in CLIP's space against those of concepts, each with a threshold of its own.
package struct SafetyChecker: Sendable {
  package let configuration: SafetyCheckerConfiguration
  private let vision: CLIPVisionModelWithProjection
  private let specialCare: Concepts
  private let concepts: Concepts

  /// Directions of unit length and the cosines from which they count.
  private struct Concepts: Sendable {
    let directions: Tensor  // [concepts, width]
    let thresholds: [Float]

    init(_ name: String, count: Int, width: Int, _ weights: Weights) throws {
      directions = try weights.tensor(name, shape: [count, width]).widened().unitRows
      thresholds = try weights.tensor("\(name)_weights", shape: [count]).widened().values
    }
  }

  /// How near a picture comes to each concept: its cosine less the threshold, in steps of 0.001.
  package struct Scores: Sendable, Equatable {
    /// Above zero for a concept that makes all others count sooner.
    package let specialCare: [Float]
    /// Above zero for a concept that makes the picture unsafe.
    package let concepts: [Float]

    package var highest: Float { concepts.max() ?? 0 }
    package var isUnsafe: Bool { highest > 0 }
  }

  package init(_ configuration: SafetyCheckerConfiguration, _ weights: Weights) throws {
    let width = configuration.projectionDim
    self.configuration = configuration
    // Published checkpoints nest a whole `CLIPVisionModel`; transformers 5 writes one level less.
    let nested = weights["vision_model"]["vision_model"]
    let isNested = try nested["pre_layrnorm"].has("weight")
    vision = try CLIPVisionModelWithProjection(
      configuration.vision, width: width, tower: isNested ? nested : weights["vision_model"], weights)
    specialCare = try Concepts("special_care_embeds", count: 3, width: width, weights)
    concepts = try Concepts("concept_embeds", count: 17, width: width, weights)
  }

  /// - Parameter pictures: `[batch, imageSize, imageSize, 3]`, normalised.
  package func callAsFunction(_ pictures: Tensor) -> [Scores] {
    let directions = vision(pictures).unitRows
    let (special, plain) = (
      directions.products(withRowsOf: specialCare.directions), directions.products(withRowsOf: concepts.directions)
    )
    return zip(special, plain).map { special, plain in
      // Once a concept of special care is met, everything after it counts from 0.01 less.
      var adjustment: Float = 0
      func scores(_ cosines: [Float], _ thresholds: [Float], adjusting: Bool) -> [Float] {
        zip(cosines, thresholds).map { cosine, threshold in
          let score = ((cosine - threshold + adjustment) * 1000).rounded(.toNearestOrEven) / 1000
          if adjusting, score > 0 { adjustment = 0.01 }
          return score
        }
      }
      let care = scores(special, specialCare.thresholds, adjusting: true)
      return Scores(specialCare: care, concepts: scores(plain, concepts.thresholds, adjusting: false))
    }
  }
}
