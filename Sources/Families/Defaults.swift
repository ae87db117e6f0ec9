import Images
import JSON
import System
import Tensors

/// What a model is used with when nothing else is said.
package struct Defaults: Sendable {
  package var steps: Int
  package var guidance: Double
  /// Sizes that the model was trained for, where it knows but a few; empty when any size near ``nativePixels`` will do.
  package var learnedSizes: [PictureSize] = []
  /// How many pixels the model was trained for.
  package var nativePixels: Int
  /// Multiples that picture sides are rounded to when the size follows from an aspect.
  package var sizeMultiple: Int
  package var styles = Style.standard
  /// What the model was trained in, where that is enough for its products.
  package var precision = Precision.float32
  /// How many times larger than painted a picture is written unless asked otherwise: what the model's upscaler makes of it; 1 without one.
  package var enlargement = 1

  /// What right pictures score at least by the pair that the model brings; nil where nobody knows.
  package var leastLikeness: Double?
  /// How far a reference is left where nobody says; nil for the habit of the field.
  package var strength: Double?

  /// For published checkpoints, which say nothing: habits of the field.
  ///
  /// - Parameter nativeEdge: Edge of the square pictures that the model was trained on, in pixels.
  package init(nativeEdge: Int, steps: Int, guidance: Double) {
    self.steps = steps
    self.guidance = guidance
    nativePixels = nativeEdge * nativeEdge
    sizeMultiple = nativeEdge >= 256 ? 64 : 8
  }

  /// Takes what the model's own `model_index.json` says under `limn`.
  ///
  /// - Throws: ``UserError/input(_:)`` when it is not as documented in `docs/models.md`.
  mutating func read(_ settings: JSONValue, origin: String) throws {
    func require<Value>(_ value: Value?, _ what: String) throws -> Value {
      guard let value else {
        throw UserError.input("\(origin): `limn.\(what)` in model_index.json is not as expected.")
      }
      return value
    }
    guard let object = settings.object else { throw UserError.input("\(origin): `limn` is not an object.") }
    if let value = object["steps"] {
      steps = try require(value.integer.flatMap { (1...1000).contains($0) ? $0 : nil }, "steps")
    }
    if let value = object["guidance"] {
      guidance = try require(value.double.flatMap { (0...100).contains($0) ? $0 : nil }, "guidance")
    }
    if let value = object["likeness"] { leastLikeness = try require(value.double, "likeness") }
    if let value = object["strength"] {
      strength = try require(value.double.flatMap { (0...1).contains($0) ? $0 : nil }, "strength")
    }
    if let value = object["sizes"] {
      learnedSizes = try require(value.object, "sizes").values.map { pair in
        let sides = try require(pair.array?.compactMap(\.integer), "sizes")
        guard sides.count == 2, sides.allSatisfy({ (8...4096).contains($0) && $0 % 8 == 0 }) else {
          throw UserError.input(
            "\(origin): a size under `limn.sizes` is not two sides in pixels, multiples of 8 up to 4096.")
        }
        return PictureSize(width: sides[0], height: sides[1])
      }.sorted { ($0.width, $0.height) < ($1.width, $1.height) }
      nativePixels = learnedSizes.map(\.pixels).max() ?? nativePixels
    }
    if let value = object["styles"] {
      styles = try require(value.object, "styles").map { name, value in
        if let template = value.string { return Style(name: name, template: template) }
        return Style(
          name: name, template: try require(value["prompt"]?.string, "styles"),
          finish: try require(value["finish"]?.string.flatMap(Finish.init), "styles"))
      }.sorted { $0.name < $1.name }
    }
  }

  /// The style of that name.
  /// - Throws: ``UserError/request(_:)`` naming those that there are.
  package func style(named name: String) throws -> Style {
    if let style = styles.first(where: { $0.name == name.lowercased() }) { return style }
    let names = styles.map(\.name).joined(separator: ", ")
    throw UserError.request("There is no style \"\(name)\" for this model; it has \(names).")
  }
}
