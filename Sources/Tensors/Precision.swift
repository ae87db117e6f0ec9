/// How the numbers of a product are rounded on their way in; sums are float32 always.
package enum Precision: String, Sendable, CaseIterable {
  case float32
  /// Eight bits of mantissa: half the work where the processor has such products (AVX512_BF16).
  case bfloat16
  /// Linear layers and convolutions of integers of eight bits, each group of 128 values with a step of its own: a quarter of the work where
  /// the processor has such products (AVX512_VNNI, AVX-VNNI). What these spoil is ``besideBytes``.
  case int8

  /// Whether the processor has products of this kind; without, they give the same picture, slowly.
  package var isFast: Bool {
    switch self {
    case .float32: true
    case .bfloat16: Compute.kernels.hasPairProducts
    case .int8: Compute.kernels.hasByteProducts
    }
  }

  /// What layers that want more than eight bits multiply in, and attention: bfloat16 where the processor has it.
  package var besideBytes: Precision {
    guard self == .int8 else { return self }
    return Compute.kernels.hasPairProducts ? .bfloat16 : .float32
  }
}
