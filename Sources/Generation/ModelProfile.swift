import Checkpoints
import Images
import JSON

/// What a model is used with when nothing else is said.
package struct ModelProfile: Sendable {
  package var steps: Int
  package var guidance: Double
  /// Sizes that the model was trained for, where it knows but a few; empty when any size near ``nativePixels`` will do.
  package var learnedSizes: [PictureSize]
  /// How many pixels the model was trained for.
  package var nativePixels: Int
  /// Multiples that picture sides are rounded to when the size follows from an aspect.
  package var sizeMultiple: Int
  package var styles: [Style]
  /// How many times larger than painted a picture is written unless asked otherwise: what the model's upscaler makes of it; 1 without one.
  package var enlargement = 1
  /// How several things are painted by a model that knows single ones; nil for models that need no help.
  package var layouts: Layouts?

  package struct Layouts: Sendable {
    /// Edge of the square in which the model paints a thing, in pixels.
    let window: Int
    /// Plain backgrounds that the model knows, by name; white is one of them.
    let backgrounds: [String: RGB]
  }

  struct RGB: Sendable {
    let red: UInt8
    let green: UInt8
    let blue: UInt8
  }

  package init(
    steps: Int, guidance: Double, learnedSizes: [PictureSize] = [], nativePixels: Int, sizeMultiple: Int,
    styles: [Style] = Style.standard
  ) {
    self.steps = steps
    self.guidance = guidance
    self.learnedSizes = learnedSizes
    self.nativePixels = nativePixels
    self.sizeMultiple = sizeMultiple
    self.styles = styles
  }

  /// For published checkpoints, which say nothing: habits of the field.
  ///
  /// - Parameters:
  ///   - nativeEdge: Edge of the square pictures that the model was trained on, in pixels.
  ///   - isConsistencyModel: Whether a few steps are enough.
  package init(nativeEdge: Int, isConsistencyModel: Bool) {
    self.init(
      steps: isConsistencyModel ? 4 : 20, guidance: isConsistencyModel ? 1 : 7.5,
      nativePixels: nativeEdge * nativeEdge, sizeMultiple: nativeEdge >= 256 ? 64 : 8)
  }

  /// What the model's own `model_index.json` says under `limn`.
  ///
  /// - Throws: ``GenerationError/input(_:)`` when it is not as documented in `docs/models.md`.
  mutating func read(_ settings: JSONValue, origin: String) throws {
    func require<Value>(_ value: Value?, _ what: String) throws -> Value {
      guard let value else {
        throw GenerationError.input("\(origin): `limn.\(what)` in model_index.json is not as expected.")
      }
      return value
    }
    guard let object = settings.object else { throw GenerationError.input("\(origin): `limn` is not an object.") }
    if let value = object["steps"] {
      steps = try require(value.integer.flatMap { (1...1000).contains($0) ? $0 : nil }, "steps")
    }
    if let value = object["guidance"] {
      guidance = try require(value.double.flatMap { (0...100).contains($0) ? $0 : nil }, "guidance")
    }
    if let value = object["sizes"] {
      learnedSizes = try require(value.object, "sizes").values.map { pair in
        let sides = try require(pair.array?.compactMap(\.integer), "sizes")
        guard sides.count == 2, sides.allSatisfy({ (8...4096).contains($0) && $0 % 8 == 0 }) else {
          throw GenerationError.input(
            "\(origin): a size under `limn.sizes` is not two sides in pixels, multiples of 8 up to 4096.")
        }
        return PictureSize(width: sides[0], height: sides[1])
      }.sorted { ($0.width, $0.height) < ($1.width, $1.height) }
      nativePixels = learnedSizes.map(\.pixels).max() ?? nativePixels
    }
    if let value = object["layouts"] { layouts = try require(Layouts(value), "layouts") }
    if let value = object["styles"] {
      styles = try require(value.object, "styles").map { name, value in
        if let template = value.string { return Style(name: name, template: template) }
        return Style(
          name: name, template: try require(value["prompt"]?.string, "styles"),
          finish: try require(value["finish"]?.string.flatMap(Finish.init), "styles"))
      }.sorted { $0.name < $1.name }
    }
  }

  /// A prompt in the words that the model knows: one of single things knows neither the marks that end a sentence nor the digit 1.
  package func words(of prompt: String) -> String {
    guard layouts != nil else { return prompt }
    var words = Substring(prompt)
    while let last = words.last, last.isWhitespace || ".!?…:;,".contains(last) { words.removeLast() }
    if words.hasPrefix("1 ") { return Plural.withArticle(String(words.dropFirst(2))) }
    return words.isEmpty ? prompt : String(words)
  }

  /// The style of that name.
  /// - Throws: ``GenerationError/request(_:)`` naming those that there are.
  package func style(named name: String) throws -> Style {
    if let style = styles.first(where: { $0.name == name.lowercased() }) { return style }
    let names = styles.map(\.name).joined(separator: ", ")
    throw GenerationError.request("There is no style \"\(name)\" for this model; it has \(names).")
  }
}

extension ModelProfile.Layouts {
  /// `{"window": 128, "backgrounds": {"white": [255, 255, 255]}}`; nil where it is anything else.
  fileprivate init?(_ value: JSONValue) {
    guard let window = value["window"]?.integer, (64...1024).contains(window), window % 64 == 0,
      let colours = value["backgrounds"]?.object
    else { return nil }
    var backgrounds: [String: ModelProfile.RGB] = [:]
    for (name, value) in colours {
      guard let parts = value.array?.compactMap(\.integer), parts.count == 3,
        parts.allSatisfy({ (0...255).contains($0) })
      else { return nil }
      backgrounds[name] = ModelProfile.RGB(red: UInt8(parts[0]), green: UInt8(parts[1]), blue: UInt8(parts[2]))
    }
    guard backgrounds[Layout.standardBackground] != nil else { return nil }
    self.window = window
    self.backgrounds = backgrounds
  }
}
