import Tensors

/// What a checkpoint's weights are converted to.
package enum ConversionTarget: String, CaseIterable, Sendable {
  case float32 = "f32"
  case float16 = "f16"
  case bfloat16 = "bf16"
  case float8 = "fp8"
  case q8 = "q8_0"
  case q6K = "q6_k"
  case q5 = "q5_0"
  case q4K = "q4_k"
  case q4 = "q4_0"

  /// Whether it is written as GGUF, and otherwise as safetensors.
  package var isGGUF: Bool { self == .q8 || self == .q6K || self == .q5 || self == .q4K || self == .q4 }

  /// The ending of the files that it makes.
  package var fileEnding: String { isGGUF ? ".gguf" : ".safetensors" }

  /// How a tensor is written. Only matrices whose error spreads over many outputs are quantised, as by stable-diffusion.cpp: rows that
  /// are no whole blocks take the next type of smaller ones, and tables and what reads the time stay at 16 bits.
  ///
  /// - Parameter cutsWindows: Whether convolutions are quantised too, which stable-diffusion.cpp would not read.
  func type(of name: String, _ shape: [Int], cutsWindows: Bool = false) -> ElementType {
    let small = self == .float32 ? "F32" : self == .bfloat16 ? "BF16" : "F16"
    let isWindow = cutsWindows && isGGUF && shape.count == 4
    let isMatrix = (shape.count == 2 || isWindow) && shape.reduce(1, *) > ConversionTarget.smallest
    let isSensitive = ConversionTarget.sensitive.contains { name.contains($0) }
    guard isMatrix, !isSensitive else {
      return ElementType(named: isGGUF && shape.count < 2 ? "F32" : small) ?? .float32
    }
    let row = isWindow ? shape.reduce(1, *) : shape[1]
    let fitting = ladder.compactMap { ElementType(named: $0) }.first { row.isMultiple(of: $0.blockValues) }
    return fitting ?? .float16
  }

  /// Types by preference.
  private var ladder: [String] {
    switch self {
    case .float32: ["F32"]
    case .float16: ["F16"]
    case .bfloat16: ["BF16"]
    case .float8: ["F8_E4M3"]
    case .q8: ["Q8_0", "F16"]
    case .q6K: ["Q6_K", "Q8_0", "F16"]
    case .q5: ["Q5_0", "F16"]
    case .q4K: ["Q4_K", "Q5_0", "F16"]
    case .q4: ["Q4_0", "F16"]
    }
  }

  private static let smallest = 1024
  private static let sensitive = [
    "time_embed", "label_emb", "add_embedding", "position_embedding", "positional_embedding", "token_embedding",
    "text_projection", "img_in", "txt_in", "time_in", "vector_in", "guidance_in", "final_layer", "x_embedder",
    "t_embedder", "y_embedder", "context_embedder", "pos_embed", "first_stage_model.", "time_text_embed",
    "proj_out.weight",
    "norm_out.",
    "conv_in.", "conv_out.",
  ]
}
