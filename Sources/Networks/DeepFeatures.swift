import Synchronization
import Tensors

/// What the deep layers of a denoiser made of an earlier step. They change little from step to step, so a sampler may let
/// the next few steps go through the outermost layers only (Ma et al. 2024, DeepCache).
package final class DeepFeatures: Sendable {
  private let kept = Mutex<Tensor?>(nil)

  package init() {}

  /// Makes the next evaluation go through all layers.
  package func forget() { kept.withLock { $0 = nil } }

  /// The features for a batch of this size; nil where all layers have to work.
  func features(batch: Int) -> Tensor? {
    kept.withLock { $0?.shape[0] == batch ? $0 : nil }
  }

  /// Whether there are features for a batch of this size, so that the deep layers rest.
  package func isKnown(batch: Int) -> Bool { features(batch: batch) != nil }

  func keep(_ features: Tensor) { kept.withLock { $0 = features } }
}
