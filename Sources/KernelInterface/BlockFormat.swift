/// How numbers are written that are no float32 and have no 16 bits each: in blocks, each with scales of its own, or one by one. The raw
/// values are the names in GGUF and safetensors files.
///
/// Source of the blocks: ggml's `ggml-common.h`; the twin in Python is `gguf.quants`.
package enum BlockFormat: String, Sendable, CaseIterable {
  case q4 = "Q4_0"
  case q4WithMinimum = "Q4_1"
  case q5 = "Q5_0"
  case q5WithMinimum = "Q5_1"
  case q8 = "Q8_0"
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
    case .q4, .q4WithMinimum, .q5, .q5WithMinimum, .q8: 32
    case .q2K, .q3K, .q4K, .q5K, .q6K: 256
    case .float8E4M3, .float8E5M2, .float64: 1
    }
  }

  /// Bytes a block.
  package var bytes: Int {
    switch self {
    case .q4: 18
    case .q4WithMinimum: 20
    case .q5: 22
    case .q5WithMinimum: 24
    case .q8: 34
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
