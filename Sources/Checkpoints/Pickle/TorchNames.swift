/// Names of Python's that a checkpoint may refer to.
enum TorchNames {
  /// What limn builds.
  enum Builder {
    case tensor
    /// A tensor that says its type beside its storage.
    case typedTensor
    /// A tensor around another.
    case parameter
    /// A tensor by a function, a class and the function's arguments.
    case subclass
    case dictionary
    case size
  }

  static let builders: [String: Builder] = [
    "torch._utils._rebuild_tensor": .tensor,
    "torch._utils._rebuild_tensor_v2": .tensor,
    "torch._utils._rebuild_tensor_v3": .typedTensor,
    "torch._utils._rebuild_parameter": .parameter,
    "torch._utils._rebuild_parameter_with_state": .parameter,
    "torch._tensor._rebuild_from_type_v2": .subclass,
    "collections.OrderedDict": .dictionary,
    "collections.defaultdict": .dictionary,
    "builtins.dict": .dictionary,
    "__builtin__.dict": .dictionary,
    "torch.Size": .size,
  ]

  /// Whether the name is of something that training leaves in checkpoints: optimizers, callbacks, settings. None of it is built
  /// or run; it is an error where a tensor is wanted in its place.
  static func isKnown(_ name: String) -> Bool {
    builders[name] != nil || harmless.contains(name) || packages.contains { name.hasPrefix($0) }
  }

  private static let packages = [
    "torch.", "numpy.", "pytorch_lightning.", "lightning.", "lightning_fabric.", "lightning_utilities.", "omegaconf.",
    "argparse.", "typing.", "datetime.", "pathlib.", "enum.", "ldm.", "taming.", "diffusers.", "transformers.",
    "accelerate.", "k_diffusion.", "modules.textual_inversion.",
  ]

  private static let harmless: Set<String> = {
    let types = [
      "object", "set", "frozenset", "list", "tuple", "int", "float", "bool", "complex", "slice", "bytearray", "str",
      "bytes", "range",
    ]
    let others = [
      "_codecs.encode", "copyreg._reconstructor", "copy_reg._reconstructor", "collections.Counter", "collections.deque",
      "fractions.Fraction", "decimal.Decimal", "uuid.UUID",
    ]
    return Set(types.flatMap { ["builtins.\($0)", "__builtin__.\($0)"] } + others)
  }()
}
