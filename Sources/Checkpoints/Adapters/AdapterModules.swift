/// The modules of a part by every name that LoRA files have for them, each with `_` for `.`.
///
/// Names with underscores cannot be taken apart again (`to_out_0`); so each module of the model is spelt in all ways, and
/// looked up.
///
/// What a file changes as one module may be several in diffusers: a fused projection.
struct AdapterModules: Sendable {
  private let modules: [String: [KeyMap.Target]]

  /// - Parameters:
  ///   - part: `unet`, `transformer`, `text_encoder` or `text_encoder_2`.
  ///   - tensors: The names of its tensors in diffusers.
  init(part: String, tensors: [String]) {
    let names = Set(
      tensors.compactMap { name in name.lastIndex(of: ".").map { String(name[..<$0]) } })
    var modules: [String: [KeyMap.Target]] = [:]
    let spellings: (String) -> [String]
    switch part {
    case "unet": spellings = AdapterModules.unetSpellings(tensors)
    case "transformer":
      spellings = AdapterModules.transformerSpellings
      for (original, targets) in AdapterModules.transformerOriginals(tensors, names) {
        modules[original.replacing(".", with: "_")] = targets
      }
    default: spellings = AdapterModules.textEncoderSpellings
    }
    for name in names.sorted() {
      for spelling in spellings(name) { modules[spelling.replacing(".", with: "_")] = [KeyMap.Target(whole: name)] }
    }
    // diffusers' own name counts where another module has it as another spelling.
    for name in names { modules[name.replacing(".", with: "_")] = [KeyMap.Target(whole: name)] }
    self.modules = modules
  }

  /// diffusers' names of what a file calls a module, with the rows that each takes of it.
  subscript(_ name: String) -> [KeyMap.Target]? { modules[name] }

  /// The authors' names of FLUX.2's and Z-Image's modules.
  private static func transformerOriginals(
    _ tensors: [String], _ names: Set<String>
  ) -> [String: [KeyMap.Target]] {
    func blocks(_ place: String) -> Int { tensors.indices(behind: place).count }
    let map: KeyMap
    if blocks("single_transformer_blocks.") > 0 {
      map = Flux2Keys.map(
        doubleBlocks: blocks("transformer_blocks."), singleBlocks: blocks("single_transformer_blocks."))
    } else if blocks("context_refiner.") > 0 {
      map = ZImageKeys.map(layers: blocks("layers."), refinerLayers: blocks("noise_refiner."))
    } else {
      return [:]
    }
    let inverted = map.invertedFully
    let originals = Set(names.flatMap { inverted.targets(of: $0[...]).map(\.name) })
    return Dictionary(uniqueKeysWithValues: originals.map { ($0, map.targets(of: $0[...])) })
  }

  /// `to_out` for `to_out.0`, and a beginning that some exporters have cut.
  private static func transformerSpellings(_ name: String) -> [String] {
    let short = name.hasSuffix(".to_out.0") ? [String(name.dropLast(2))] : []
    return short + (name.hasPrefix("transformer_blocks.") ? [String(name.dropFirst("tran".count))] : [])
  }

  /// The original names too, which kohya's scripts write for Stable Diffusion XL; `to_out` for `to_out.0`, as diffusers once did.
  private static func unetSpellings(_ tensors: [String]) -> (String) -> [String] {
    let map = UNetKeys.map(UNetKeys.Layout(diffusers: tensors)).inverted
    return { name in
      let original = map.targets(of: name[...]).map(\.name)
      return original + (name.hasSuffix(".to_out.0") ? [String(name.dropLast(2))] : [])
    }
  }

  /// transformers 5 leaves `text_model.` out; diffusers once named text encoders' projections as the UNet's.
  private static func textEncoderSpellings(_ name: String) -> [String] {
    let bare = name.hasPrefix("text_model.") ? String(name.dropFirst("text_model.".count)) : name
    guard let dot = bare.lastIndex(of: "."), let old = oldProjections[String(bare[bare.index(after: dot)...])] else {
      return [bare]
    }
    return [bare, "\(bare[..<dot]).\(old)", "text_model.\(bare[..<dot]).\(old)"]
  }

  private static let oldProjections = ["q_proj": "to_q", "k_proj": "to_k", "v_proj": "to_v", "out_proj": "to_out"]
}
