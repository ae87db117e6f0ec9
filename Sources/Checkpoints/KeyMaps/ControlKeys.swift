/// ControlNets and T2I-Adapters of other layouts than diffusers'.
enum ControlKeys {
  /// A ControlNet of the original layout (lllyasviel's `cldm.py`; diffusers' `convert_controlnet_checkpoint`).
  ///
  /// - Parameter pictureLayers: Numbers of the convolutions that bring the picture to the latents' size: 0, 2, ..., 14.
  static func controlNet(_ layout: UNetKeys.Layout, pictureLayers: [Int]) -> KeyMap {
    var map = UNetKeys.map(layout)
    for (index, layer) in pictureLayers.enumerated() {
      let name = index == 0 ? "conv_in" : index == pictureLayers.count - 1 ? "conv_out" : "blocks.\(index - 1)"
      map.add("input_hint_block.\(layer)", "controlnet_cond_embedding.\(name)")
    }
    let layers = layout.down.reduce(0) { $0 + $1.count }
    for index in 0...layers + layout.downsamplers.count {
      map.add("zero_convs.\(index).0", "controlnet_down_blocks.\(index)")
    }
    map.add("middle_block_out.0", "controlnet_mid_block")
    return map
  }

  /// diffusers' own names, so that what belongs to no ControlNet is told.
  static let plainControlNet: KeyMap = {
    let names = [
      "time_embedding", "add_embedding", "conv_in", "down_blocks", "mid_block", "controlnet_cond_embedding",
      "controlnet_down_blocks", "controlnet_mid_block", "task_embedding", "transformer_layes", "spatial_ch_projs",
      "control_add_embedding",
    ]
    var map = KeyMap()
    for name in names { map.add(name, name) }
    return map
  }()

  /// A T2I-Adapter of the original layout, whose layers are numbered through (TencentARC's `adapter.py`; diffusers'
  /// `convert_original_t2i_adapter.py`).
  ///
  /// - Parameters:
  ///   - levels: How many sizes there are.
  ///   - layers: How many layers of each.
  static func adapter(levels: Int, layers: Int) -> KeyMap {
    var map = KeyMap(["conv_in": "adapter.conv_in"])
    for level in 0..<levels {
      for layer in 0..<layers {
        let place = "body.\(level * layers + layer)"
        for block in ["block1", "block2"] {
          map.add("\(place).\(block)", "adapter.body.\(level).resnets.\(layer).\(block)")
        }
        if layer == 0 { map.add("\(place).in_conv", "adapter.body.\(level).in_conv") }
      }
    }
    return map
  }

  /// The light form of the original layout.
  static func lightAdapter(levels: Int) -> KeyMap {
    var map = KeyMap()
    for level in 0..<levels {
      map.add("body.\(level).in_conv", "adapter.body.\(level).in_conv")
      map.add("body.\(level).out_conv", "adapter.body.\(level).out_conv")
      map.add("body.\(level).body", "adapter.body.\(level).resnets")
    }
    return map
  }

  static let plainAdapter = KeyMap(["adapter": "adapter"])
}
