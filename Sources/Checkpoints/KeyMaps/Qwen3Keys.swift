import Tensors

/// Qwen3 in its several spellings, presented as `model.layers.0. ...`, which is how transformers' `Qwen3ForCausalLM` has it.
enum Qwen3Keys {
  /// transformers' names with and without `model.`: `Qwen3Model` leaves it out.
  static let transformers = KeyMap([
    "model": "model",
    "embed_tokens": "model.embed_tokens",
    "layers": "model.layers",
    "norm": "model.norm",
    "lm_head": "lm_head",
  ])

  /// llama.cpp's names for `layers` layers, as GGUF files have them.
  static func llama(layers: Int) -> KeyMap {
    var map = KeyMap(["token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"])
    for layer in 0..<layers { map.add("blk.\(layer)", "model.layers.\(layer)", inside: block) }
    return map
  }

  private static let block = KeyMap([
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
  ])
}

extension RenamedSource {
  /// A Qwen3 model under the names of `Qwen3ForCausalLM`, whichever of them, or of llama.cpp's, the source has.
  ///
  /// - Throws: `CheckpointError` where two tensors would have one name.
  package static func qwen3(_ source: any TensorSource) throws(CheckpointError) -> RenamedSource {
    let names = source.names
    guard names.contains("token_embd.weight") else {
      return try RenamedSource(source, map: Qwen3Keys.transformers, keepsOthers: true)
    }
    let layers = names.indices(behind: "blk.").max().map { min($0, 1023) + 1 } ?? 0
    return try RenamedSource(source, map: Qwen3Keys.llama(layers: layers), keepsOthers: true)
  }
}
