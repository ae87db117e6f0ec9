import Guardrail
import Images
import JSON
import System
import Tensors

/// How several things are painted by a model that knows single ones: each in a square of its own, on a plain background
/// that all share.
struct Windows: Sendable {
  /// Edge of the square in which the model paints a thing, in pixels.
  let edge: Int
  /// Plain backgrounds that the model knows, by name; white is one of them.
  let backgrounds: [String: Colour]

  typealias Colour = Picture.Colour
  /// Of the shadows that the model paints under things: `SHADOW` in `weights/training/pictures.py`.
  static let shadow = Colour(red: 38, green: 40, blue: 62)

  /// `{"window": 128, "backgrounds": {"white": [255, 255, 255]}}`
  ///
  /// - Throws: ``UserError/input(_:)`` where it is anything else.
  init(_ value: JSONValue, origin: String) throws {
    let damage = UserError.input("\(origin): `limn.layouts` in model_index.json is not as expected.")
    guard let edge = value["window"]?.integer, (64...1024).contains(edge), edge % 64 == 0,
      let colours = value["backgrounds"]?.object
    else { throw damage }
    var backgrounds: [String: Colour] = [:]
    for (name, value) in colours {
      guard let parts = value.array?.compactMap(\.integer), parts.count == 3,
        parts.allSatisfy({ (0...255).contains($0) })
      else { throw damage }
      backgrounds[name] = Colour(red: UInt8(parts[0]), green: UInt8(parts[1]), blue: UInt8(parts[2]))
    }
    guard backgrounds[Layout.standardBackground] != nil else { throw damage }
    self.edge = edge
    self.backgrounds = backgrounds
  }

  /// Latents of a window.
  func latents(_ format: LatentFormat) -> Int {
    (edge / format.pixelsPerLatent) * (edge / format.pixelsPerLatent)
  }

  /// The scene of several things.
  ///
  /// - Parameter written: What the picture becomes; its aspect decides how the windows lie.
  func scene(
    _ layout: Layout, _ prompt: ApprovedPrompt, _ wish: SceneWish, written: PictureSize, family: Bundled
  ) throws -> Scene {
    let multiple = family.latents.sizeMultiple
    let canvas = layout.canvas(written.aspect, window: edge / multiple)
    let painted = PictureSize(width: canvas.width * multiple, height: canvas.height * multiple)
    let window = PictureSize(width: edge, height: edge)
    let negative = try prompt.negative.map { try ParsedPrompt($0, wish.syntax) }
    let parts = try layout.prompts.enumerated().map { index, text in
      ScenePart(
        prompt: try ParsedPrompt(prompt.prompt.part(text), wish.syntax), negative: negative, size: window,
        seedMask: UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
    }
    let assembly = WindowAssembly(
      family: family, canvas: canvas, painted: painted, window: window, colour: backgrounds[layout.ground],
      latentsPerUnit: multiple / family.latents.pixelsPerLatent)
    var scene = Scene(size: SizePlan(painted: painted, written: written), parts: parts, assembly: assembly)
    scene.remarks = [("Layout", layout.prompts.joined(separator: " | "))]
    if let place = layout.place { scene.remarks.append(("Place", place.rawValue)) }
    scene.backdrop = backdrop(layout, isTransparent: wish.isTransparent)
    return scene
  }

  /// What comes behind several things; nil where they stay on white as they are painted.
  private func backdrop(_ layout: Layout, isTransparent: Bool) -> Backdrop? {
    if isTransparent { return Backdrop(shadow: Self.shadow) }
    if let place = layout.place { return Backdrop(shadow: Self.shadow) { place.drawn($0) } }
    guard layout.background != Layout.standardBackground, let colour = backgrounds[layout.background] else {
      return nil
    }
    return Backdrop(shadow: Self.shadow, colour: colour)
  }

  /// The scene of one thing whose background is left out, or made plain white.
  ///
  /// - Parameter text: The prompt, with the background on which the thing is painted.
  func scene(
    of text: String, _ prompt: ApprovedPrompt, _ wish: SceneWish, size: SizePlan
  ) throws -> Scene {
    let negative = try prompt.negative.map { try ParsedPrompt($0, wish.syntax) }
    let part = ScenePart(
      prompt: try ParsedPrompt(prompt.prompt.part(text), wish.syntax), negative: negative, size: size.painted)
    var scene = Scene(size: size, parts: [part])
    if text != prompt.prompt.text { scene.remarks = [("Layout", text)] }
    scene.backdrop = wish.isTransparent ? Backdrop(shadow: Self.shadow) : Backdrop(shadow: Self.shadow, colour: .white)
    return scene
  }
}

/// Windows laid on a plain ground.
private struct WindowAssembly: SceneAssembly {
  let family: Bundled
  let canvas: Layout.Canvas
  let painted: PictureSize
  let window: PictureSize
  /// Nil for white.
  let colour: Windows.Colour?
  /// Latents in the unit that the canvas counts in.
  let latentsPerUnit: Int

  func ground() throws -> Tensor { try plain(painted) }

  func laying(_ latents: Tensor, of part: Int, over picture: Tensor) -> Tensor {
    let origin = canvas.origins[part]
    // The autoencoder is loaded since the ground was made.
    let levelled = (try? plain(window)).map { latents.levelled(to: $0) } ?? latents
    return picture.pasting(levelled, top: origin.top * latentsPerUnit, left: origin.left * latentsPerUnit)
  }

  private func plain(_ size: PictureSize) throws -> Tensor {
    let picture = Picture(
      width: size.width, height: size.height, red: colour?.red ?? 255, green: colour?.green ?? 255,
      blue: colour?.blue ?? 255)
    return try family.autoencoder(.float32).encode(picture.tensor, tileEdge: nil) { Tensor(shape: $0) }
  }
}

extension Layout.Reading {
  /// What to say where a prompt that was read so is painted as a whole.
  var warnings: [String] {
    switch self {
    case .whole: []
    case .things:
      [
        "Several things are laid out one by one only without a reference picture and in plain prompt syntax; this prompt is painted as one thing."
      ]
    case .tooMany: ["A picture holds at most \(Layout.most) things; this prompt is painted as one thing."]
    }
  }
}
