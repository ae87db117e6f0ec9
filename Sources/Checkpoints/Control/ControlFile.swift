import JSON
import System
import Tensors

/// A network that adds to a UNet: a ControlNet or a T2I-Adapter, from diffusers' folder or from a file of any known layout.
package struct ControlFile: Sendable {
  package enum Kind: Sendable {
    /// Of one kind of picture, or of several (`ControlNetUnionModel`).
    case controlNet
    case adapter
  }

  /// The folder or file, as it was named.
  package let path: String
  package let kind: Kind
  /// The file whose hash names it.
  package let hashedFile: String
  /// diffusers' settings, told from names and shapes where no file says them.
  package let configuration: JSONValue
  /// The file that says them, for messages.
  package let configurationOrigin: String
  /// The tensors under diffusers' names.
  package let weights: any TensorSource

  /// What such a network is a copy of.
  package struct Base: Sendable {
    /// Of the UNet, as diffusers has it.
    package let configuration: JSONValue
    /// The UNet's tensors under diffusers' names.
    package let weights: @Sendable () throws -> any TensorSource

    package init(configuration: JSONValue, weights: @escaping @Sendable () throws -> any TensorSource) {
      (self.configuration, self.weights) = (configuration, weights)
    }
  }

  /// Opens a folder with `config.json`, or a file; no values are read.
  ///
  /// - Throws: `CheckpointError` where it is damaged or holds something else.
  package init(path: String, base: Base) throws {
    self.path = path
    let settings: JSONValue?
    let file: any TensorSource
    if PathKind(path) == .folder {
      let json = path.appending(pathComponent: "config.json")
      try ModelFolder.checkLink(json)
      guard PathKind(json) == .file else {
        throw CheckpointError(
          path, "has no `config.json`, so it is no ControlNet or T2I-Adapter; \(ModelFolder.contents(path))")
      }
      let found = try JSONValue(contentsOf: json)
      guard ControlFile.classes.contains(found["_class_name"]?.string ?? "") else {
        throw CheckpointError(
          json,
          "is of class \(found["_class_name"]?.string ?? "none"); one of \(ControlFile.classes.joined(separator: ", ")) was expected"
        )
      }
      file = try WeightFiles.open(path)
      settings = found
      hashedFile = path.deletingLastPathComponent.appending(pathComponent: file.origin)
    } else {
      file = try CheckpointFiles.open(path)
      hashedFile = path
      let json = path.deletingLastPathComponent.appending(pathComponent: "config.json")
      let beside = PathKind(json) == .file ? try? JSONValue(contentsOf: json) : nil
      let isOwn = ControlFile.classes.contains(beside?["_class_name"]?.string ?? "") && ControlFile.isPlain(file.names)
      settings = isOwn ? beside : nil
    }
    configurationOrigin =
      settings == nil ? path : (PathKind(path) == .folder ? path : path.deletingLastPathComponent) + "/config.json"
    if let adapter = try ControlFile.adapter(file, settings) {
      (kind, weights, configuration) = (.adapter, adapter.weights, adapter.configuration)
      return
    }
    kind = .controlNet
    let renamed = try ControlFile.controlNet(file, base)
    weights = renamed
    configuration = settings ?? ControlFile.impliedConfiguration(renamed, base.configuration)
  }

  private static let classes = ["ControlNetModel", "ControlNetUnionModel", "T2IAdapter"]

  private static func isPlain(_ names: [String]) -> Bool {
    names.contains { $0.hasPrefix("controlnet_cond_embedding.") || $0.hasPrefix("adapter.") }
  }

  // MARK: ControlNets

  private static func controlNet(_ file: any TensorSource, _ base: Base) throws -> any TensorSource {
    let names = Set(file.names)
    if names.contains("controlnet_cond_embedding.conv_in.weight") {
      return try checked(RenamedSource(file, map: ControlKeys.plainControlNet))
    }
    guard let prefix = ["control_model.", ""].first(where: { names.contains("\($0)input_hint_block.0.weight") }) else {
      throw CheckpointError(
        file.origin,
        "holds neither a ControlNet nor a T2I-Adapter: it holds names such as \(file.names.quotedList)")
    }
    guard let layout = UNetKeys.Layout(file.names, prefix: prefix, isEncoder: true) else {
      throw CheckpointError(file.origin, "the blocks of its ControlNet (`\(prefix)input_blocks.`) are incomplete")
    }
    let layers = file.names.indices(behind: "\(prefix)input_hint_block.").sorted()
    let renamed = try RenamedSource(
      file, prefix: prefix, map: ControlKeys.controlNet(layout, pictureLayers: layers))
    let marks = ["lora_controlnet", "difference"]
    let found = marks.first { names.contains($0) || names.contains(prefix + $0) }
    _ = try checked(renamed, passingOver: marks.flatMap { [$0, prefix + $0] })
    guard let found else { return renamed }
    return try ControlDelta(renamed, base: base.weights(), isDifference: found == "difference")
  }

  /// - Throws: `CheckpointError` where some names belong to nothing.
  @discardableResult
  private static func checked(
    _ source: RenamedSource, passingOver harmless: [String] = []
  ) throws(CheckpointError) -> RenamedSource {
    let strangers = source.unrecognised.filter { !HarmlessNames.contains($0) && !harmless.contains($0) }
    guard strangers.isEmpty else {
      throw CheckpointError(
        source.origin, "limn does not know what to do with \(strangers.count) of its tensors: \(strangers.quotedList)")
    }
    return source
  }

  /// That of the UNet that it is a copy of, with what its own names and shapes say otherwise.
  private static func impliedConfiguration(_ source: any TensorSource, _ base: JSONValue) -> JSONValue {
    func extent(_ axis: Int, _ name: String) -> Int? {
      (try? source.stored(name)).flatMap { axis < $0.shape.count ? $0.shape[axis] : nil }
    }
    let names = source.names
    var settings = base.object ?? [:]
    for key in ["time_cond_proj_dim", "mid_block_type", "reverse_transformer_layers_per_block"] { settings[key] = nil }
    settings["_class_name"] = .string(
      names.contains("task_embedding") ? "ControlNetUnionModel" : "ControlNetModel")
    settings["in_channels"] = extent(1, "conv_in.weight").map { .integer($0) } ?? settings["in_channels"]
    if let width = extent(0, "task_embedding") { settings["num_control_type"] = .integer(width) }
    let picture = "controlnet_cond_embedding"
    if let first = extent(0, "\(picture).conv_in.weight") {
      var widths = [first]
      while widths.count <= 8, let next = extent(0, "\(picture).blocks.\(2 * widths.count - 1).weight") {
        widths.append(next)
      }
      settings["conditioning_embedding_out_channels"] = .integers(widths)
    }
    // What the base has, unless blocks are missing here: small ControlNets have fewer.
    let levels = names.indices(behind: "down_blocks.").count
    let depths = (0..<levels).map {
      names.indices(behind: "down_blocks.\($0).attentions.0.transformer_blocks.").count
    }
    settings["down_block_types"] = .array(depths.map { $0 > 0 ? "CrossAttnDownBlock2D" : "DownBlock2D" })
    let middle = names.indices(behind: "mid_block.attentions.0.transformer_blocks.").count
    if middle == 0 {
      settings["mid_block_type"] = names.contains { $0.hasPrefix("mid_block.") } ? "UNetMidBlock2D" : .null
    } else {
      settings["mid_block_transformer_layers"] = .integer(middle)
    }
    settings["transformer_layers_per_block"] = .integers(depths.map { max(1, $0) })
    settings["only_cross_attention"] = nil
    return .object(settings)
  }

  // MARK: T2I-Adapters

  /// Nil where the file holds none.
  private static func adapter(
    _ file: any TensorSource, _ settings: JSONValue?
  ) throws(CheckpointError) -> (weights: any TensorSource, configuration: JSONValue)? {
    let names = file.names
    let renamed: RenamedSource
    if names.contains(where: { $0.hasPrefix("adapter.body.") }) {
      renamed = try RenamedSource(file, map: ControlKeys.plainAdapter)
    } else if names.contains("body.0.out_conv.weight") {
      renamed = try RenamedSource(
        file, map: ControlKeys.lightAdapter(levels: names.indices(behind: "body.").count))
    } else if names.contains("body.0.block1.weight") {
      // Published adapters have two layers a level.
      renamed = try RenamedSource(
        file, map: ControlKeys.adapter(levels: (names.indices(behind: "body.").count + 1) / 2, layers: 2))
    } else {
      return nil
    }
    try checked(renamed)
    return (renamed, settings ?? impliedAdapter(renamed))
  }

  private static func impliedAdapter(_ source: RenamedSource) -> JSONValue {
    let isLight = source.shape("adapter.conv_in.weight") == nil
    let levels = source.count("adapter.body.#.resnets.0.block1.weight")
    let widths = (0..<levels).map { level in
      source.extent(0, "adapter.body.\(level).\(isLight ? "out_conv" : "resnets.0.block2").weight")
    }
    // Coloured or grey pictures, unshuffled by 8, or by 16 for SDXL.
    let inputs = source.extent(1, isLight ? "adapter.body.0.in_conv.weight" : "adapter.conv_in.weight")
    let forms = [3, 1].map { channels in (channels, Int(Double(inputs / channels).squareRoot())) }
    let form = forms.first { inputs == $0.0 * $0.1 * $0.1 } ?? (3, 8)
    return [
      "_class_name": "T2IAdapter",
      "in_channels": .integer(form.0),
      "channels": .integers(isLight ? Array(widths.dropLast()) : widths),
      "num_res_blocks": .integer(source.count("adapter.body.0.resnets.#.block1.weight")),
      "downscale_factor": .integer(form.1),
      "adapter_type": .string(
        isLight ? "light_adapter" : form.1 >= 16 ? "full_adapter_xl" : "full_adapter"),
    ]
  }
}
