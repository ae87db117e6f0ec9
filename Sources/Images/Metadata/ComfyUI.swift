import JSON

/// ComfyUI keeps the graph that it ran under `prompt`.
enum ComfyUI {
  /// What the graph says where the saved picture began with one sampler; nil where it is no such graph.
  static func parameters(prompt: String) -> GenerationParameters? {
    guard let object = JSONValue(metadata: prompt), let graph = ComfyGraph(object) else { return nil }
    let used = graph.used
    let samplers = used.filter(isSampler)
    // A second pass starts from what another sampler made.
    let first = samplers.filter { sampler in
      !latents(of: sampler, graph).contains { node in node.name != sampler.name && isSampler(node) }
    }
    guard first.count == 1, let sampler = first.first else { return nil }
    var reader = ComfyReader(graph: graph, sampler: sampler)
    reader.read()
    reader.nameOthers(among: used)
    return reader.parameters
  }

  static func isSampler(_ node: ComfyGraph.Node) -> Bool {
    node.inputs["latent_image"] != nil && node.kind.contains("Sampler")
  }

  static func latents(of sampler: ComfyGraph.Node, _ graph: ComfyGraph) -> [ComfyGraph.Node] {
    graph.chain(sampler.inputs["latent_image"], by: ["samples", "latent_image", "latent", "pixels", "image", "images"])
  }
}

/// Follows the links from one sampler.
private struct ComfyReader {
  let graph: ComfyGraph
  let sampler: ComfyGraph.Node
  var parameters = GenerationParameters()
  /// Names of the nodes that were understood.
  private var understood: Set<String> = []

  init(graph: ComfyGraph, sampler: ComfyGraph.Node) {
    self.graph = graph
    self.sampler = sampler
    understood.insert(sampler.name)
  }

  mutating func read() {
    let guider = part("guider")
    let sigmas = part("sigmas")
    let noise = part("noise")
    let source = guider ?? sampler
    parameters.seed = value("seed", "noise_seed", in: noise ?? sampler)?.natural
    parameters.steps = value("steps", in: sigmas ?? sampler)?.integer
    parameters.guidance = value("cfg", in: source)?.finite
    if let name = value("sampler_name", in: part("sampler") ?? sampler)?.string { parameters.takeSampler(name) }
    if let schedule = value("scheduler", in: sigmas ?? sampler)?.string {
      parameters.schedule = ForeignNames.read(schedule, ForeignNames.schedules) ?? schedule
    } else if let sigmas {
      parameters.schedule = sigmas.kind
    }
    readPrompts(of: source)
    readModel(of: source)
    readLatents(denoise: value("denoise", in: sigmas ?? sampler)?.finite ?? 1)
    readStages()
  }

  /// The node that an input of the sampler links to.
  private mutating func part(_ input: String) -> ComfyGraph.Node? {
    guard let node = graph.node(sampler.inputs[input]) else { return nil }
    understood.insert(node.name)
    return node
  }

  private mutating func value(_ names: String..., in node: ComfyGraph.Node) -> JSONValue? {
    guard let name = names.first(where: { node.inputs[$0] != nil }) else { return nil }
    if let holder = graph.node(node.inputs[name]) { understood.insert(holder.name) }
    return graph.value(node.inputs[name], names: names)
  }

  private mutating func readPrompts(of source: ComfyGraph.Node) {
    let positive = source.inputs["positive"] ?? source.inputs["conditioning"]
    parameters.prompt = prompt(positive, "positive") ?? ""
    parameters.negativePrompt = prompt(source.inputs["negative"], "negative") ?? ""
    for node in graph.chain(positive, by: ["conditioning", "positive"]) where node.kind == "FluxGuidance" {
      understood.insert(node.name)
      let distilled = value("guidance", in: node)?.finite
      if parameters.guidance ?? 1 == 1 {
        parameters.guidance = distilled
      } else if let distilled {
        parameters.others.append(.init("FluxGuidance", distilled.description))
      }
    }
  }

  /// The text at the end of a chain of conditions.
  private mutating func prompt(_ link: JSONValue?, _ side: String) -> String? {
    let chain = graph.chain(link, by: ["conditioning", side, "conditioning_1", "conditioning_to"])
    guard let encoder = chain.last, !encoder.kind.contains("ZeroOut") else { return nil }
    if chain.contains(where: { $0.kind == "ConditioningZeroOut" }) {
      understood.formUnion(chain.filter { $0.kind == "ConditioningZeroOut" }.map(\.name))
      return nil
    }
    // Loaders that do everything have a text for each side.
    let texts = ["text", "text_g", "t5xxl", "text_l", "clip_l", "prompt", side].compactMap { name -> String? in
      guard let input = encoder.inputs[name] else { return nil }
      understood.formUnion(graph.chain(input, by: ["text", "value", "string", "prompt"]).map(\.name))
      return graph.text(input)
    }
    guard let text = texts.first else { return nil }
    understood.insert(encoder.name)
    if let second = texts.first(where: { $0 != text && !$0.isEmpty }) {
      parameters.others.append(.init("second \(side) prompt", second))
    }
    if let layer = value("clip_skip", in: encoder)?.integer { parameters.clipSkip = abs(layer) }
    readClip(encoder.inputs["clip"])
    return text
  }

  private mutating func readClip(_ link: JSONValue?) {
    for node in graph.chain(link, by: ["clip"]) where node.kind == "CLIPSetLastLayer" {
      understood.insert(node.name)
      // Counted from the last layer: -1 is all of them.
      if let layer = value("stop_at_clip_layer", in: node)?.integer { parameters.clipSkip = abs(layer) }
    }
  }

  private mutating func readModel(of source: ComfyGraph.Node) {
    for node in graph.chain(source.inputs["model"], by: ["model"]) {
      if let name = node.inputs["ckpt_name"]?.string ?? node.inputs["unet_name"]?.string {
        understood.insert(node.name)
        parameters.model = name
      } else if let name = node.inputs["lora_name"]?.string {
        understood.insert(node.name)
        let weight = value("strength_model", in: node)?.finite ?? 1
        let text = value("strength_clip", in: node)?.finite ?? (node.kind.contains("ModelOnly") ? 0 : nil)
        // The nearest to the sampler was applied last.
        parameters.loras.insert(.init(name: name, weight: weight, textEncoderWeight: text), at: 0)
      }
    }
  }

  private mutating func readLatents(denoise: Double) {
    let latents = ComfyUI.latents(of: sampler, graph)
    guard let source = latents.last else { return }
    if latents.contains(where: { $0.kind.hasPrefix("LoadImage") || $0.kind.hasPrefix("VAEEncode") }) {
      parameters.strength = denoise
      understood.formUnion(latents.filter { Self.readers.contains($0.kind) }.map(\.name))
      return
    }
    parameters.width = value("width", "empty_latent_width", in: source)?.integer
    parameters.height = value("height", "empty_latent_height", in: source)?.integer
    if parameters.width != nil { understood.insert(source.name) }
    if denoise < 1 { parameters.others.append(.init("denoise", denoise.description)) }
  }

  /// What `KSamplerAdvanced` leaves to other samplers.
  private mutating func readStages() {
    if let start = value("start_at_step", in: sampler)?.integer, start > 0 {
      parameters.others.append(.init("start_at_step", "\(start)"))
    }
    if let end = value("end_at_step", in: sampler)?.integer, end < parameters.steps ?? 0 {
      parameters.others.append(.init("end_at_step", "\(end)"))
    }
  }

  private static let readers: Set<String> = ["VAEEncode", "LoadImage"]

  /// Nodes that do what every program does, or only show something.
  private static let plain: Set<String> = [
    "VAEDecode", "VAEDecodeTiled", "SaveImage", "PreviewImage", "Note", "CLIPLoader", "DualCLIPLoader",
    "TripleCLIPLoader", "KSamplerSelect", "BasicScheduler", "RandomNoise", "CFGGuider", "BasicGuider", "Reroute",
    "MarkdownNote",
  ]

  /// Names what else the picture depends on.
  mutating func nameOthers(among used: [ComfyGraph.Node]) {
    for node in used where node.kind == "VAELoader" {
      parameters.others.append(.init("VAE", node.inputs["vae_name"]?.string ?? "another"))
      understood.insert(node.name)
    }
    let rest = used.filter { node in
      !understood.contains(node.name) && !Self.plain.contains(node.kind) && !node.kind.hasPrefix("Primitive")
        && !node.kind.hasPrefix("CheckpointLoader") && !node.kind.contains("SaveImage")
    }
    guard !rest.isEmpty else { return }
    let kinds = Set(rest.map(\.kind)).sorted().joined(separator: ", ")
    parameters.others.append(.init("other nodes", kinds))
  }
}
