import JSON

/// Draw Things keeps JSON in the XMP property `exif:UserComment`: "c" what to paint, "uc" what to avoid.
enum DrawThings {
  static func parameters(_ object: JSONValue) -> GenerationParameters? {
    guard case .object(let members) = object, members["c"] != nil, members["sampler"] != nil else { return nil }
    var record = ForeignRecord(members)
    var parameters = GenerationParameters()
    parameters.prompt = record.text("c") ?? ""
    parameters.negativePrompt = record.text("uc") ?? ""
    parameters.seed = record.natural("seed")
    parameters.steps = record.whole("steps")
    parameters.guidance = record.number("scale")
    let sides = (record.text("size") ?? "").split(separator: "x").compactMap { Int($0) }
    if sides.count == 2 { (parameters.width, parameters.height) = (sides[0], sides[1]) }
    if let sampler = record.text("sampler") { parameters.takeSampler(sampler) }
    parameters.model = record.text("model")
    // 1 is painting from nothing.
    parameters.strength = record.number("strength").flatMap { $0 < 1 ? $0 : nil }
    parameters.clipSkip = record.whole("clip_skip") ?? members["v2"]?["clipSkip"]?.integer
    for lora in record.value("lora")?.array ?? [] {
      guard let name = lora["model"]?.string, let weight = lora["weight"]?.finite else { continue }
      parameters.loras.append(.init(name: name, weight: weight))
    }
    parameters.version = "Draw Things"
    // "v2" is the same once more, with all that was left as it always is.
    record.pass(over: "v2", "profile", "seed_mode", "batch_count", "batchCount")
    parameters.others += record.others
    return parameters
  }
}
