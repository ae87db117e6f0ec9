import Batch
import Generation
import Images
import Sampling
import Tokenizers

extension PictureWish {
  /// What the fields of a batch line ask for; ``Field/model``, ``Field/output`` and ``Field/count`` are not the wish's.
  ///
  /// - Throws: ``GenerationError/request(_:)`` naming the field that cannot be read.
  init(_ fields: [Field: String]) throws {
    func refuse(_ field: Field, _ expected: String) -> GenerationError {
      .request("\(field.rawValue) \"\(fields[field] ?? "")\" is not \(expected).")
    }
    func read<Value>(_ field: Field, _ expected: String, _ parse: (String) -> Value?) throws -> Value? {
      guard let text = fields[field] else { return nil }
      guard let value = parse(text) else { throw refuse(field, expected) }
      return value
    }
    func choice<Value: RawRepresentable & CaseIterable>(_ field: Field, _: Value.Type) throws -> Value?
    where Value.RawValue == String {
      try read(field, "one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))") { Value(rawValue: $0) }
    }
    guard let prompt = fields[.prompt] else { throw GenerationError.request("There is no prompt: say what to paint.") }
    self.init(prompt: prompt)
    negative = fields[.negative] ?? ""
    style = fields[.style]
    aspect = try read(.aspect, "width to height, such as 16:9") { AspectRatio($0) }
    size = try choice(.size, SizeClass.self)
    megapixels = try read(.megapixels, "a number") { Double($0) }
    width = try read(.width, "a whole number") { Int($0) }
    height = try read(.height, "a whole number") { Int($0) }
    reference = fields[.reference]
    strength = try read(.strength, "a number from 0 to 1") { Double($0) }
    seed = try read(.seed, "a number from 0 to \(UInt64.max)") { UInt64($0) }
    steps = try read(.steps, "a whole number") { Int($0) }
    guidance = try read(.guidance, "a number") { Double($0) }
    if let value = try read(.guidanceEnd, "a number from 0 to 1", { Double($0) }) { guidanceEnd = value }
    if let value = try read(.deepCache, "a whole number from 1", { Int($0) }) { deepCache = value }
    if let value = try read(.clipSkip, "a whole number from 0", { Int($0) }) {
      guard value >= 0 else { throw refuse(.clipSkip, "a whole number from 0") }
      clipSkip = value
    }
    if let value = try choice(.rng, RandomKind.self) { randomKind = value }
    if let value = try choice(.schedule, SigmaSchedule.self) { schedule = value }
    if let value = try choice(.spacing, SpacingOption.self) { spacing = value.spacing }
    if let value = try choice(.promptSyntax, PromptSyntax.self) { promptSyntax = value }
    if let name = fields[.sampler], !setSampler(name) {
      throw refuse(.sampler, "one of \(SamplerName.allCases.map(\.rawValue).joined(separator: ", "))")
    }
  }

  /// Takes limn's name for a sampler, or A1111's ("DPM++ 2M Karras"), which may name a schedule too. False where it is
  /// neither.
  private mutating func setSampler(_ name: String) -> Bool {
    if let known = SamplerName(rawValue: name) {
      sampler = known
      return true
    }
    let foreign = GenerationParameters(parsing: "x\nSteps: 1, Sampler: \(name), CFG scale: 1")
    guard let known = foreign.sampler.flatMap(SamplerName.init(rawValue:)) else { return false }
    sampler = known
    if let schedule = foreign.schedule.flatMap(SigmaSchedule.init(rawValue:)) { self.schedule = schedule }
    return true
  }
}
