import Tensors

/// A ControlNet that is kept as what makes it differ from the UNet that it was copied from: factors of low rank (Stability's
/// Control-LoRA, as ComfyUI's `ControlLora` reads it), or plain differences (`difference` in A1111's files).
struct ControlDelta: TensorSource {
  private let own: RenamedSource
  private let base: any TensorSource
  private let isDifference: Bool
  let names: [String]

  /// - Parameters:
  ///   - own: The file's tensors under diffusers' names; factors end in `.up` and `.down`.
  ///   - base: The UNet's.
  init(_ own: RenamedSource, base: any TensorSource, isDifference: Bool) throws {
    let shared = ["conv_in.", "time_embedding.", "add_embedding.", "down_blocks.", "mid_block."]
    let inherited = base.names.filter { name in
      // Latent consistency models embed the guidance; ControlNets do not.
      shared.contains { name.hasPrefix($0) } && name != "time_embedding.cond_proj.weight"
    }
    let whole = own.names.filter { !$0.hasSuffix(".up") && !$0.hasSuffix(".down") }
    names = Array(Set(inherited + whole))
    (self.own, self.base, self.isDifference) = (own, base, isDifference)
    try requireFactorsThatFit()
  }

  var origin: String { own.origin }
  var fileStamps: [String] { own.fileStamps + base.fileStamps }

  func stored(_ name: String) throws -> StoredTensor? {
    let inherited = try base.stored(name)
    if let whole = try own.stored(name) {
      guard isDifference, let inherited, inherited.shape == whole.shape else { return whole }
      return StoredTensor(shape: whole.shape) { inherited.widened() + whole.widened() }
    }
    guard let inherited, let factors = try factors(of: name) else { return inherited }
    let shape = inherited.shape
    return StoredTensor(shape: shape) {
      let matrix = inherited.widened().reshaped([shape[0], shape.dropFirst().reduce(1, *)])
      return factors.added(to: matrix, times: 1).reshaped(shape)
    }
  }

  /// What is added to a weight of the base; nil for nothing.
  private func factors(of name: String) throws -> FactoredMatrix? {
    guard name.hasSuffix(".weight") else { return nil }
    let module = name.dropLast(".weight".count)
    guard let up = try own.stored("\(module).up"), let down = try own.stored("\(module).down") else { return nil }
    return .product(left: up, right: down)
  }

  /// - Throws: `CheckpointError` where a factor is missing, or fits no weight of the base.
  private func requireFactorsThatFit() throws {
    for factor in own.names.sorted() where factor.hasSuffix(".up") || factor.hasSuffix(".down") {
      let weight = factor.prefix(upTo: factor.lastIndex(of: ".") ?? factor.endIndex) + ".weight"
      let shown = (own.originalName(of: factor) ?? factor).quoted
      guard let shape = try base.stored(String(weight))?.shape, !shape.isEmpty else {
        throw CheckpointError(origin, "\(shown) changes a weight that the model does not have")
      }
      guard let extent = try factors(of: String(weight))?.extent,
        extent == (shape[0], shape.dropFirst().reduce(1, *))
      else {
        throw CheckpointError(
          origin, "\(shown) and its other factor do not make a change of shape \(shape), which the model's weight has")
      }
    }
  }
}
