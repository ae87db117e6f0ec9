import JSON

/// ComfyUI keeps the graph that it ran under `prompt`: nodes by number, inputs that are values or `[node, output]`.
enum ComfyUI {
  /// What the graph says where there is exactly one sampler and its texts are plain; nil where it is no such graph.
  static func parameters(prompt: String) -> GenerationParameters? {
    guard case .object(let nodes)? = JSONValue(metadata: prompt) else { return nil }
    let samplers = nodes.values.filter { $0["class_type"]?.string?.hasPrefix("KSampler") == true }
    guard samplers.count == 1, let inputs = samplers[0]["inputs"] else { return nil }
    var parameters = GenerationParameters()
    parameters.seed = inputs["seed"]?.natural ?? inputs["noise_seed"]?.natural
    parameters.steps = inputs["steps"]?.integer
    parameters.guidance = inputs["cfg"]?.finite
    parameters.sampler = inputs["sampler_name"]?.string.map { ForeignNames.readSampler($0).sampler }
    parameters.schedule = inputs["scheduler"]?.string.map { ForeignNames.read($0, ForeignNames.schedules) ?? $0 }
    // A denoise of 1 is painting from nothing.
    parameters.strength = inputs["denoise"]?.finite.flatMap { $0 < 1 ? $0 : nil }
    parameters.prompt = text(of: inputs["positive"], in: nodes) ?? ""
    parameters.negativePrompt = text(of: inputs["negative"], in: nodes) ?? ""
    let latent = node(inputs["latent_image"], in: nodes)?["inputs"]
    parameters.width = latent?["width"]?.integer
    parameters.height = latent?["height"]?.integer
    parameters.model = checkpoint(of: inputs["model"], in: nodes)
    return parameters
  }

  private static func node(_ link: JSONValue?, in nodes: [String: JSONValue]) -> JSONValue? {
    link?[0]?.string.flatMap { nodes[$0] }
  }

  /// The text of a CLIPTextEncode that the link names, or of the one text that node is linked to.
  private static func text(of link: JSONValue?, in nodes: [String: JSONValue]) -> String? {
    guard let encoder = node(link, in: nodes), encoder["class_type"]?.string?.hasPrefix("CLIPTextEncode") == true,
      let input = encoder["inputs"]?["text"]
    else { return nil }
    let linked = node(input, in: nodes)?["inputs"]
    return input.string ?? linked?["text"]?.string ?? linked?["value"]?.string ?? linked?["string"]?.string
  }

  /// The checkpoint's name up a chain of LoRA loaders and the like; cycles end after 16 steps.
  private static func checkpoint(of link: JSONValue?, in nodes: [String: JSONValue]) -> String? {
    var link = link
    for _ in 0..<16 {
      guard let inputs = node(link, in: nodes)?["inputs"] else { return nil }
      if let name = inputs["ckpt_name"]?.string ?? inputs["unet_name"]?.string { return name }
      link = inputs["model"]
    }
    return nil
  }
}
