/// FLUX.2's transformer as its authors name it: `double_blocks`, `single_blocks`.
///
/// Source: `model.py` of black-forest-labs/flux2; diffusers' `convert_flux2_transformer_checkpoint_to_diffusers`.
enum Flux2Keys {
  /// The name by which diffusers tells such a file.
  static let sign = "single_stream_modulation.lin.weight"

  /// The same tensor where diffusers has named it.
  static let ownSign = "single_stream_modulation.linear.weight"

  /// diffusers' own names, so that what does not belong to them is told.
  static let own = KeyMap([
    "x_embedder": "x_embedder", "context_embedder": "context_embedder", "time_guidance_embed": "time_guidance_embed",
    "double_stream_modulation_img": "double_stream_modulation_img",
    "double_stream_modulation_txt": "double_stream_modulation_txt",
    "single_stream_modulation": "single_stream_modulation", "transformer_blocks": "transformer_blocks",
    "single_transformer_blocks": "single_transformer_blocks", "norm_out": "norm_out", "proj_out": "proj_out",
  ])

  static func map(doubleBlocks: Int, singleBlocks: Int) -> KeyMap {
    var map = KeyMap([
      "img_in": "x_embedder",
      "txt_in": "context_embedder",
      "time_in.in_layer": "time_guidance_embed.timestep_embedder.linear_1",
      "time_in.out_layer": "time_guidance_embed.timestep_embedder.linear_2",
      "guidance_in.in_layer": "time_guidance_embed.guidance_embedder.linear_1",
      "guidance_in.out_layer": "time_guidance_embed.guidance_embedder.linear_2",
      "double_stream_modulation_img.lin": "double_stream_modulation_img.linear",
      "double_stream_modulation_txt.lin": "double_stream_modulation_txt.linear",
      "single_stream_modulation.lin": "single_stream_modulation.linear",
      "final_layer.linear": "proj_out",
    ])
    // Shift, then scale; diffusers has them the other way round.
    map.add("final_layer.adaLN_modulation.1", "norm_out.linear", form: .swappedHalves)
    for block in 0..<doubleBlocks {
      map.add("double_blocks.\(block)", "transformer_blocks.\(block)", inside: doubleBlock)
    }
    for block in 0..<singleBlocks {
      map.add("single_blocks.\(block)", "single_transformer_blocks.\(block)", inside: singleBlock)
    }
    return map
  }

  private static let doubleBlock: KeyMap = {
    var map = KeyMap([
      "img_attn.norm.query_norm": "attn.norm_q",
      "img_attn.norm.query_norm.scale": "attn.norm_q.weight",
      "img_attn.norm.key_norm": "attn.norm_k",
      "img_attn.norm.key_norm.scale": "attn.norm_k.weight",
      "img_attn.proj": "attn.to_out.0",
      "img_mlp.0": "ff.linear_in",
      "img_mlp.2": "ff.linear_out",
      "txt_attn.norm.query_norm": "attn.norm_added_q",
      "txt_attn.norm.query_norm.scale": "attn.norm_added_q.weight",
      "txt_attn.norm.key_norm": "attn.norm_added_k",
      "txt_attn.norm.key_norm.scale": "attn.norm_added_k.weight",
      "txt_attn.proj": "attn.to_add_out",
      "txt_mlp.0": "ff_context.linear_in",
      "txt_mlp.2": "ff_context.linear_out",
    ])
    for (third, names) in [("to_q", "add_q_proj"), ("to_k", "add_k_proj"), ("to_v", "add_v_proj")].enumerated() {
      map.add("img_attn.qkv", "attn.\(names.0)", form: .third(third))
      map.add("txt_attn.qkv", "attn.\(names.1)", form: .third(third))
    }
    return map
  }()

  private static let singleBlock = KeyMap([
    "linear1": "attn.to_qkv_mlp_proj",
    "linear2": "attn.to_out",
    "norm.query_norm": "attn.norm_q",
    "norm.query_norm.scale": "attn.norm_q.weight",
    "norm.key_norm": "attn.norm_k",
    "norm.key_norm.scale": "attn.norm_k.weight",
  ])
}
