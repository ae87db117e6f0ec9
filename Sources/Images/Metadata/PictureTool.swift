import JSON

/// The programs that write down how a picture was made, each in its own way.
enum PictureTool {
  /// What the texts of a picture say, and who wrote them; nil where that is nobody's way.
  static func record(_ texts: [PNGText]) -> (parameters: GenerationParameters?, tool: String?)? {
    func text(_ keyword: String) -> String? { texts.first { $0.keyword == keyword }?.text }

    if let object = texts.first(where: { $0.keyword == "parameters" && $0.beginsJSONObject }) {
      return JSONValue(metadata: object.text).flatMap { record($0, software: text("Software")) }
    }
    if let written = text("parameters") {
      let parsed = GenerationParameters(parsing: written)
      return (parsed, tool(of: parsed) ?? text("Software"))
    }
    if let found = EasyDiffusion.parameters(texts: texts) { return (found, "Easy Diffusion") }
    if text("Software")?.hasPrefix("NovelAI") == true, let comment = text("Comment") {
      return (NovelAI.parameters(comment: comment, source: text("Source")), "NovelAI")
    }
    if let metadata = text("invokeai_metadata") {
      let found = InvokeAI.parameters(metadata: metadata)
      return (found, found?.version ?? "InvokeAI")
    }
    if let found = text("sd-metadata").flatMap(InvokeAI.parameters(secondVersion:)) { return (found, found.version) }
    if let found = text("Dream").flatMap(InvokeAI.parameters(dream:)) { return (found, found.version) }
    if let found = Diffusers.parameters(texts: texts) { return (found, text("Software") ?? "diffusers") }
    if let graph = text("prompt") ?? text("workflow") {
      return (ComfyUI.parameters(prompt: graph), "ComfyUI")
    }
    if let comment = text(DigitalSource.chunkKeyword).flatMap(XMPProperty.userComment),
      let found = JSONValue(metadata: comment).flatMap(DrawThings.parameters)
    {
      return (found, "Draw Things")
    }
    // stable-diffusion.cpp has no other place for it in a JPEG.
    if let comment = text("Comment"), case let parsed = GenerationParameters(parsing: comment), parsed.steps != nil {
      return (parsed, tool(of: parsed))
    }
    return nil
  }

  /// What one JSON object says; nil where it is none that limn knows.
  private static func record(_ object: JSONValue, software: String?) -> (GenerationParameters?, String?)? {
    if let found = SwarmUI.parameters(object) { return (found, found.version) }
    if let found = Fooocus.parameters(object) { return (found, found.version ?? "Fooocus") }
    if let found = EasyDiffusion.parameters(object) { return (found, "Easy Diffusion") }
    if let found = DrawThings.parameters(object) { return (found, "Draw Things") }
    if let found = Diffusers.parameters(object) { return (found, software ?? "diffusers") }
    return nil
  }

  /// Which of the tools that share A1111's text wrote these; each names itself in another way.
  private static func tool(of parameters: GenerationParameters) -> String? {
    if let app = parameters[other: "App"] {
      return [app, parameters.version].compactMap(\.self).joined(separator: " ")
    }
    guard let version = parameters.version else {
      return parameters.steps == nil
        ? nil : parameters[other: "Civitai resources"] == nil ? "AUTOMATIC1111" : "Civitai"
    }
    if version.hasPrefix("f") { return "Forge \(version)" }
    if version.hasPrefix("v") { return "AUTOMATIC1111 \(version)" }
    return version
  }
}

extension PictureReport {
  /// The parameters with what the tool that wrote them leaves unsaid: whose random numbers the seed stands for, and how the
  /// prompt was read.
  package var completed: GenerationParameters? {
    guard var parameters, let tool, !tool.hasPrefix("limn ") else { return parameters }
    func isBy(_ names: String...) -> Bool { names.contains { tool.hasPrefix($0) } }

    parameters.settleEta(isOfEverySampler: isBy("stable-diffusion.cpp"))
    let usesCUDA = isBy("AUTOMATIC1111", "Forge", "SD.Next")
    if usesCUDA, parameters.randomSource == nil { parameters.randomSource = "cuda" }
    guard parameters[other: "Prompt syntax"] == nil else { return parameters }
    let texts = [parameters.prompt, parameters.negativePrompt]
    let hasWeights = texts.contains { $0.contains("(") || $0.contains(")") }
    if usesCUDA || isBy("stable-diffusion.cpp", "Fooocus") {
      // SD.Next's other parsers; "fixed" reads no weights.
      if parameters[other: "Parser"] != "fixed" { parameters.others.append(.init("Prompt syntax", "a1111")) }
    } else if hasWeights, isBy("ComfyUI", "SwarmUI", "Civitai", "Draw Things", "Easy Diffusion") {
      parameters.others.append(.init("Prompt syntax", "a1111"))
      if isBy("ComfyUI", "SwarmUI", "Civitai") {
        // There, square brackets are letters like others.
        parameters.prompt = parameters.prompt.withLiteralSquareBrackets
        parameters.negativePrompt = parameters.negativePrompt.withLiteralSquareBrackets
      }
    } else if isBy("InvokeAI"), texts.contains(where: \.hasCompelWeights) {
      parameters.others.append(.init("Prompt weights", "InvokeAI's, (words)1.2 and word++"))
    } else if isBy("NovelAI"), texts.contains(where: { $0.contains(where: "{}[]".contains) || $0.contains("::") }) {
      parameters.others.append(.init("Prompt weights", "NovelAI's, {words}, [words] and 1.2::words::"))
    }
    return parameters
  }
}

extension GenerationParameters {
  /// Eta as limn knows it is that of ddim and tcd; of ancestral samplers it is something else.
  ///
  /// - Parameter isOfEverySampler: Whether the tool writes it for samplers too that do not look at it.
  fileprivate mutating func settleEta(isOfEverySampler: Bool) {
    guard let index = others.firstIndex(where: { $0.key == "Eta" }), !["ddim", "tcd"].contains(sampler) else { return }
    if isOfEverySampler {
      others.remove(at: index)
    } else {
      others[index].key = "Eta of \(sampler ?? "the sampler")"
    }
  }
}

extension String {
  fileprivate var withLiteralSquareBrackets: String { replacing("[", with: "\\[").replacing("]", with: "\\]") }

  /// Whether a bracket or word is followed by a number or by signs.
  fileprivate var hasCompelWeights: Bool {
    contains(/\)[0-9.+-]/) || contains(/[A-Za-z](\+\+|--)/) || contains(/[a-z]\+(\s|,|$)/)
  }
}
