import Synchronization
import Tensors

/// What self-attention layers saw of another picture, beside which they attend to their own ("reference-only" control; Zhang 2023,
/// ControlNet's discussion 1236; diffusers' `StableDiffusionReferencePipeline` with `reference_attn`): so the picture takes on its style.
package final class ReferenceAttention: Sendable {
  /// The share of the layers that attend to the other picture, the widest first (`attention_auto_machine_weight`).
  private let share: Float
  private let state = Mutex(State())

  private struct State {
    var isWriting = false
    var layers: [Int: KeysAndValues] = [:]
    /// Those that attend to the other picture.
    var chosen: Set<Int> = []
  }

  /// How far the prediction without the prompt attends to its own picture alone (`style_fidelity`).
  private static let fidelity: Float = 0.5

  package init(share: Float) { self.share = share }

  /// Shows a network the other picture: what its layers see of it is kept until the next time.
  package func seeing(_ look: () -> Void) {
    state.withLock { $0 = State(isWriting: true) }
    look()
    state.withLock { state in
      state.isWriting = false
      // Of equally wide layers those that come first.
      let widest = state.layers.sorted { ($1.value.keys.shape[2], $0.key) < ($0.value.keys.shape[2], $1.key) }
      state.chosen = Set(
        widest.enumerated().filter { Float($0.offset) / Float(widest.count) < share }.map(\.element.key))
      state.layers = state.layers.filter { state.chosen.contains($0.key) }
    }
  }

  /// A layer's attention: to its own tokens while the other picture is seen, later to those of both.
  ///
  /// - Parameters:
  ///   - own: The layer's tokens as keys and values, `[batch, tokens, channels]`.
  ///   - attend: What some entries of the batch find in keys and values.
  func attending(
    layer: Int, to own: KeysAndValues, _ attend: (KeysAndValues, _ entries: Range<Int>) -> Tensor
  ) -> Tensor {
    let batch = own.keys.shape[0]
    let other: KeysAndValues? = state.withLock { state in
      if state.isWriting { state.layers[layer] = own }
      return state.isWriting ? nil : state.layers[layer]
    }
    guard let other else { return attend(own, 0..<batch) }
    let both = attend(
      KeysAndValues(
        keys: .concatenatedTokens(own.keys, other.keys), values: .concatenatedTokens(own.values, other.values)),
      0..<batch)
    guard batch == 2 else { return both }
    let alone = attend(own.slice(0..<1), 0..<1)
    let without = Self.fidelity * alone + (1 - Self.fidelity) * both.slice(0..<1)
    return .concatenated([without, both.slice(1..<2)])
  }
}

extension KeysAndValues {
  fileprivate func slice(_ range: Range<Int>) -> KeysAndValues {
    KeysAndValues(keys: keys.slice(range), values: values.slice(range))
  }
}
