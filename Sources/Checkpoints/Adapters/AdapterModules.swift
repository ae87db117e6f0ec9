/// The modules of a part by every name that LoRA files have for them, each with `_` for `.`.
///
/// Names with underscores cannot be taken apart again (`to_out_0`); so each module of the model is spelt in all ways, and
/// looked up.
struct AdapterModules: Sendable {
  private let modules: [String: String]

  /// - Parameters:
  ///   - part: `unet`, `text_encoder` or `text_encoder_2`.
  ///   - tensors: The names of its tensors in diffusers.
  init(part: String, tensors: [String]) {
    let names = Set(
      tensors.compactMap { name in name.lastIndex(of: ".").map { String(name[..<$0]) } })
    var modules: [String: String] = [:]
    let spellings = part == "unet" ? AdapterModules.unetSpellings(tensors) : AdapterModules.textEncoderSpellings
    for name in names.sorted() {
      for spelling in spellings(name) { modules[spelling.replacing(".", with: "_")] = name }
    }
    // diffusers' own name counts where another module has it as another spelling.
    for name in names { modules[name.replacing(".", with: "_")] = name }
    self.modules = modules
  }

  /// diffusers' name of a module.
  subscript(_ name: String) -> String? { modules[name] }

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
