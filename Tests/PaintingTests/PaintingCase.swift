import Checkpoints
import Families
import Foundation
import Guardrail
import Images
import JSON
import Painting
import Testing

/// A picture that diffusers painted, with what it was asked for: Tests/Reference/pictures_end_to_end.py (torch 2.15.0,
/// diffusers 0.42.1, transformers 5.23.0), pictures_sdxl.py, pictures_flux2.py, pictures_zimage.py, pictures_lora.py, pictures_embeddings.py and
/// pictures_quantised.py (the same, transformers 5.24.0; peft 0.21.2, lycoris-lora 4.1.3; gguf 0.19.0).
struct PaintingCase: Sendable, CustomTestStringConvertible {
  let name: String
  let model: String
  /// Where the model, the picture and its reference lie.
  let folder: URL
  /// What was asked for, by the names of settings.
  let texts: [String: String]

  var testDescription: String { name }

  static let all = [
    "Pictures", "PicturesXL", "PicturesLoRA", "PicturesFlux2", "PicturesZImage", "PicturesQuantised",
    "PicturesEmbeddings", "PicturesMasks",
  ].flatMap { cases(in: Fixtures.folder($0)) }

  /// Those that are led by other pictures: pictures_control.py, pictures_followed.py, pictures_regions.py.
  static let led = ["PicturesControl", "PicturesFollowed", "PicturesRegions"].flatMap {
    cases(in: Fixtures.folder($0))
  }

  /// What `pictures_quantised.py --each` left in the folder that `LIMN_QUANTISED` names: a model for each type.
  static let eachType = ProcessInfo.processInfo.environment["LIMN_QUANTISED"].map { cases(in: URL(filePath: $0)) } ?? []

  /// Those that are painted in two passes: pictures_hires.py.
  static let twice = cases(in: Fixtures.folder("PicturesHires"))

  /// Those whose attention takes on a style: pictures_styled.py.
  static let styled = cases(in: Fixtures.folder("PicturesStyled"))

  /// The case of that name.
  static func named(_ name: String) throws -> PaintingCase {
    try #require((all + led + twice + styled).first { $0.name == name })
  }

  /// Single files with the vocabulary that OpenAI published (Tests/Reference/pictures_lone.py).
  static let lone = cases(in: Fixtures.folder("PicturesLone"))

  /// Transformers with autoencoders in files of their own (Tests/Reference/pictures_split.py).
  static let split = cases(in: Fixtures.folder("PicturesSplit"))

  private static func cases(in folder: URL) -> [PaintingCase] {
    let file = try? Data(contentsOf: folder.appending(path: "cases.json"))
    let rows = file.flatMap { try? JSONValue(parsing: Array($0)).array }
    return (rows ?? []).compactMap { PaintingCase($0, folder: folder) }.filter(\.isUnderstood)
  }

  /// Nil where a row is no case.
  private init?(_ row: JSONValue, folder: URL) {
    guard let fields = row.object, let name = fields["name"]?.string, let model = fields["model"]?.string else {
      return nil
    }
    (self.name, self.model, self.folder) = (name, model, folder)
    var texts: [String: String] = [:]
    for (field, value) in fields where !["name", "model"].contains(field) {
      texts[SettingName.joined(field)] = value.settingText
    }
    let loras = fields["loras"]?.array?.compactMap(\.string) ?? []
    if !loras.isEmpty { texts["loras"] = nil }
    texts["lora"] = loras.isEmpty ? nil : loras.map { folder.appending(path: $0).path }.joined(separator: ",")
    if let embeddings = fields["embeddings"]?.array?.compactMap(\.string) {
      texts["embeddings"] = nil
      texts["embedding"] = embeddings.map { folder.appending(path: $0).path }.joined(separator: ",")
    }
    let references = fields["references"]?.array?.compactMap(\.string) ?? []
    if !references.isEmpty {
      texts["references"] = nil
      texts["reference"] = ReferenceList(references.map { folder.appending(path: $0).path }).settingText
    }
    if let pictures = fields["ip_references"]?.array?.compactMap(\.string) {
      texts["ip-references"] = nil
      texts["ip-reference"] = pictures.map { "\(folder.path)/\($0)" }.joined(separator: ReferenceList.separator)
    }
    if let style = texts["style-from"] { texts["style-from"] = "\(folder.path)/\(style)" }
    if let adapters = fields["ip_adapters"]?.array?.compactMap(\.string) {
      texts["ip-adapters"] = nil
      texts["ip-adapter"] = adapters.map { folder.appending(path: $0).path }.joined(separator: ",")
    }
    if let controls = fields["controls"]?.array?.compactMap(\.string) {
      texts["controls"] = nil
      texts["control"] = controls.map { $0.replacing("@", with: "\(folder.path)/") }.joined(
        separator: ReferenceList.separator)
    }
    if let models = fields["control_models"]?.array?.compactMap(\.string) {
      texts["control-models"] = nil
      texts["control-model"] = models.map { folder.appending(path: $0).path }.joined(separator: ",")
    }
    if texts["mask"] != nil { texts["mask"] = folder.appending(path: "\(name).mask.png").path }
    if texts["hires-upscaler"]?.hasSuffix(".pth") == true {
      texts["hires-upscaler"] = Fixtures.repository.appending(path: "Tests/Fixtures/Upscalers/compact.pth").path
    }
    if texts["strength"] != nil { texts["reference"] = folder.appending(path: "\(name).reference.png").path }
    // As diffusers painted it.
    texts["precision"] = "float32"
    self.texts = texts
  }

  /// Whether limn has all its settings.
  private var isUnderstood: Bool { texts.keys.allSatisfy { Setting.named($0) != nil } }

  var settings: PictureSettings { get throws { try PictureSettings(texts) } }

  var expected: Picture {
    get throws { try Picture(contentsOf: folder.appending(path: "\(name).png").path) }
  }

  func opened() throws -> Model {
    let path = folder.appending(path: model).path
    guard model.hasSuffix(".gguf") else {
      return try Model(folder: path, name: model, adapters: adapters, extras: extras)
    }
    return try Model(
      file: path, name: model, vocabulary: folder.appending(path: "tokenizer").path, adapters: adapters)
  }

  private var extras: ModelExtras {
    get throws {
      ModelExtras(
        controls: try settings.controlModels.names, pictureAdapters: try settings.pictureAdapters.names,
        visionTowers: [folder.appending(path: "image_encoder").path])
    }
  }

  /// The LoRAs that change the model.
  var adapters: [WeightedAdapter] {
    get throws {
      try settings.loras.wishes.map {
        WeightedAdapter(
          try Adapter(path: $0.name), weight: $0.weight, textEncoderWeight: $0.textEncoderWeight)
      }
    }
  }

  /// - Parameter change: What is asked for otherwise.
  func order(for model: Model, _ change: (inout PictureSettings) -> Void = { _ in }) throws -> Order {
    var settings = try settings
    change(&settings)
    return try Fixtures.order(settings, model)
  }

  func painted(by model: Model) throws -> Painting { try Painter(model).paint(order(for: model)) }
}

extension JSONValue {
  fileprivate var settingText: String {
    if let array { return array.map(\.settingText).joined(separator: ",") }
    return string ?? text
  }
}

/// Tests/Fixtures, and the repository's guardrail.
enum Fixtures {
  static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL
  static let folder = folder("Pictures")

  static func folder(_ name: String) -> URL { repository.appending(path: "Tests/Fixtures/\(name)") }

  static func guardrail(_ policy: Policy = Policy()) throws -> Guardrail {
    try Guardrail(folder: repository.appending(path: "weights/guardrail").path, policy: policy)
  }

  /// A model of Tests/Fixtures/Pictures.
  static func model(_ name: String) throws -> Model {
    try Model(folder: folder.appending(path: name).path, name: name)
  }

  /// What enlarges between two passes.
  private static func tools(for settings: PictureSettings) throws -> PictureTools {
    let catalog = ModelCatalog(environment: ["HOME": "/nowhere"], executable: "/limn")
    return PictureTools(hiresUpscaler: try settings.hiresUpscaler?.network.map { try catalog.upscaler($0) })
  }

  /// The order that settings make, with the references that they name.
  ///
  /// - Parameter inversions: What words of the prompts stand for; nil for what the settings name.
  static func order(
    _ settings: PictureSettings, _ model: Model, policy: Policy = Policy(), inversions: TextualInversions? = nil
  ) throws -> Order {
    let draft = try OrderDraft(settings, model: model)
    let approved = try guardrail(policy).approve(prompt: draft.prompt, negative: draft.negative)
    let inputs = try OrderInputs(settings) { try PictureFile(contentsOf: $0) }
    let named = try settings.embeddings.names.map { try TextualInversion(path: $0, digits: $0) }
    let order = try Order(
      draft, approved, referenceSizes: inputs.references.map(\.size), controlSizes: inputs.controls.map(\.size),
      inversions: inversions ?? TextualInversions(named), tools: tools(for: settings))
    return try order.starting(from: inputs)
  }
}

/// Expects the picture that diffusers painted, but for rounding: diffusers in float64 differs from itself in float32 by
/// up to 1 of 255.
func expectSamePicture(
  _ actual: Picture, _ expected: Picture, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.width == expected.width && actual.height == expected.height, sourceLocation: sourceLocation)
  let differences = zip(actual.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
  let mean = Double(differences.reduce(0, +)) / Double(max(1, differences.count))
  #expect(differences.max() ?? 256 <= 2, "the largest difference of 255", sourceLocation: sourceLocation)
  #expect(mean <= 0.02, "the mean difference of 255", sourceLocation: sourceLocation)
}
