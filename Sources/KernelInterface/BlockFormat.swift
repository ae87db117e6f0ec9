/// How numbers are written that are no float32 and have no 16 bits each: in blocks, each with scales of its own, or one by one. The raw
/// values are the names in GGUF and safetensors files.
///
/// Source of the blocks: ggml's `ggml-common.h`; the twin in Python is `gguf.quants`.
package enum BlockFormat: String, Sendable, CaseIterable {
  case q4_0 = "Q4_0"
  case q4_1 = "Q4_1"
  case q5_0 = "Q5_0"
  case q5_1 = "Q5_1"
  case q8_0 = "Q8_0"
  case q2K = "Q2_K"
  case q3K = "Q3_K"
  case q4K = "Q4_K"
  case q5K = "Q5_K"
  case q6K = "Q6_K"
  /// Sign, 4 bits of exponent, 3 of mantissa; no infinities (Micikevicius et al. 2022).
  case float8E4M3 = "F8_E4M3"
  /// The upper half of a binary16.
  case float8E5M2 = "F8_E5M2"
  case float64 = "F64"

  /// Numbers a block.
  package var values: Int {
    switch self {
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
    case .q2K, .q3K, .q4K, .q5K, .q6K: 256
    case .float8E4M3, .float8E5M2, .float64: 1
    }
  }

  /// Bytes a block.
  package var bytes: Int {
    switch self {
    case .q4_0: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    case .q8_0: 34
    case .q2K: 84
    case .q3K: 110
    case .q4K: 144
    case .q5K: 176
    case .q6K: 210
    case .float8E4M3, .float8E5M2: 1
    case .float64: 8
    }
  }
}
