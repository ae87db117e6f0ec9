import Tensors

/// The types of number that GGUF files know, by the number that stands for each (ggml's `ggml.h`). Of those that limn does not compute
/// with, the size is needed to say that a file is whole.
struct GGUFType: Sendable, Equatable {
  let name: String
  /// Numbers and bytes a block.
  let values: Int
  let bytes: Int

  /// Nil where no type has that number.
  init?(number: UInt32) {
    guard let known = GGUFType.table[number] else { return nil }
    self = known
  }

  private init(_ name: String, _ values: Int, _ bytes: Int) {
    (self.name, self.values, self.bytes) = (name, values, bytes)
  }

  /// The type in limn's terms; nil where limn does not compute with it.
  var element: ElementType? { ElementType(named: name) }

  private static let table: [UInt32: GGUFType] = [
    0: GGUFType("F32", 1, 4), 1: GGUFType("F16", 1, 2), 2: GGUFType("Q4_0", 32, 18), 3: GGUFType("Q4_1", 32, 20),
    6: GGUFType("Q5_0", 32, 22), 7: GGUFType("Q5_1", 32, 24), 8: GGUFType("Q8_0", 32, 34),
    9: GGUFType("Q8_1", 32, 40), 10: GGUFType("Q2_K", 256, 84), 11: GGUFType("Q3_K", 256, 110),
    12: GGUFType("Q4_K", 256, 144), 13: GGUFType("Q5_K", 256, 176), 14: GGUFType("Q6_K", 256, 210),
    15: GGUFType("Q8_K", 256, 292), 16: GGUFType("IQ2_XXS", 256, 66), 17: GGUFType("IQ2_XS", 256, 74),
    18: GGUFType("IQ3_XXS", 256, 98), 19: GGUFType("IQ1_S", 256, 50), 20: GGUFType("IQ4_NL", 32, 18),
    21: GGUFType("IQ3_S", 256, 110), 22: GGUFType("IQ2_S", 256, 82), 23: GGUFType("IQ4_XS", 256, 136),
    24: GGUFType("I8", 1, 1), 25: GGUFType("I16", 1, 2), 26: GGUFType("I32", 1, 4), 27: GGUFType("I64", 1, 8),
    28: GGUFType("F64", 1, 8), 29: GGUFType("IQ1_M", 256, 56), 30: GGUFType("BF16", 1, 2),
    34: GGUFType("TQ1_0", 256, 54), 35: GGUFType("TQ2_0", 256, 66), 39: GGUFType("MXFP4", 32, 17),
  ]

  /// The number that stands for a type that limn computes with.
  static func number(of element: ElementType) -> UInt32? {
    table.first { $0.value.element == element }?.key
  }
}
