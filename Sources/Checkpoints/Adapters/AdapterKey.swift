/// A tensor's name in a LoRA file, taken apart: which module it changes, and which factor of the change it is.
///
/// Sources: `networks/lora.py` of kohya-ss/sd-scripts, diffusers' `loaders/lora_conversion_utils.py`, peft, LyCORIS.
struct AdapterKey: Sendable, Equatable {
  /// What a tensor is to the change of a module, as kohya and LyCORIS call it.
  enum Factor: String, Sendable, CaseIterable {
    case down = "lora_down"
    case up = "lora_up"
    case middle = "lora_mid"
    case alpha
    case magnitude = "dora_scale"
    case hadamard1Left = "hada_w1_a"
    case hadamard1Right = "hada_w1_b"
    case hadamard1Core = "hada_t1"
    case hadamard2Left = "hada_w2_a"
    case hadamard2Right = "hada_w2_b"
    case hadamard2Core = "hada_t2"
    case kronecker1 = "lokr_w1"
    case kronecker1Left = "lokr_w1_a"
    case kronecker1Right = "lokr_w1_b"
    case kronecker2 = "lokr_w2"
    case kronecker2Left = "lokr_w2_a"
    case kronecker2Right = "lokr_w2_b"
    case kronecker2Core = "lokr_t2"
    case difference = "diff"
    case biasDifference = "diff_b"
  }

  /// The module as the file calls it, its prefix included.
  let module: String
  let factor: Factor

  /// Nil where the name is of no change that limn knows.
  init?(_ name: String) {
    let stem = name.hasSuffix(".weight") ? name.dropLast(".weight".count) : name[...]
    // peft puts the adapter's name in between: `lora_A.default.weight`.
    let shorter = stem.lastIndex(of: ".").map { stem[..<$0] } ?? stem
    let isNamed = [".lora_A", ".lora_B", ".lora_magnitude_vector"].contains { shorter.hasSuffix($0) }
    let text = isNamed ? shorter : stem
    guard let (ending, factor) = AdapterKey.endings.first(where: { text.hasSuffix($0.ending) }) else { return nil }
    module = String(text.dropLast(ending.count)).replacing(".processor.", with: ".")
    self.factor = factor
  }

  private static let endings: [(ending: String, factor: Factor)] =
    Factor.allCases.map { (".\($0.rawValue)", $0) } + [
      (".lora_A", .down), (".lora_B", .up),
      (".lora.down", .down), (".lora.up", .up),
      ("_lora.down", .down), ("_lora.up", .up),
      (".lora_linear_layer.down", .down), (".lora_linear_layer.up", .up),
      (".lora_magnitude_vector", .magnitude),
      (".w_norm", .difference), (".b_norm", .biasDifference),
    ]
}

/// Where a module of a LoRA file belongs: the parts that it may be of, likeliest first, and its name there with `_` for `.`.
struct AdapterPlace: Sendable, Equatable {
  let parts: [String]
  let module: String

  init(_ written: String) {
    var name = written[...]
    while name.hasPrefix("base_model.model.") { name = name.dropFirst("base_model.model.".count) }
    let found = AdapterPlace.prefixes.first { name.hasPrefix($0.prefix) }
    parts = found?.parts ?? AdapterPlace.adaptable
    module = String(name.dropFirst(found?.prefix.count ?? 0)).replacing(".", with: "_")
  }

  /// The parts that are adapted.
  static let adaptable = ["unet", "transformer", "text_encoder", "text_encoder_2"]
  /// Those of them that denoise: a model has one.
  static let denoisers = ["unet", "transformer"]

  private static let prefixes: [(prefix: String, parts: [String])] = [
    ("lora_unet_", denoisers),
    ("lora_te_", ["text_encoder"]),
    ("lora_te1_", ["text_encoder"]),
    ("lora_te2_", ["text_encoder_2"]),
    ("lora_te3_", ["text_encoder_3"]),
    ("lora_transformer_", ["transformer"]),
    ("lycoris_", adaptable),
    ("unet.", ["unet"]),
    ("text_encoder.", ["text_encoder"]),
    ("text_encoder_2.", ["text_encoder_2"]),
    ("text_encoder_3.", ["text_encoder_3"]),
    ("transformer.", ["transformer"]),
    ("model.diffusion_model.", denoisers),
    ("diffusion_model.", denoisers),
  ]
}
