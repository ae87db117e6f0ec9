/// How the numbers of a product are rounded on their way in; sums are float32 always.
package enum Precision: String, Sendable, CaseIterable {
  case float32
  /// Eight bits of mantissa: half the work where the processor has such products (AVX512_BF16).
  case bfloat16

  /// Whether the processor has products of this kind; without, they give the same picture, slowly.
  package var isFast: Bool { self == .float32 || Compute.kernels.hasPairProducts }
}
