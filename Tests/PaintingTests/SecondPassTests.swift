import Families
import Images
import Painting
import System
import Testing

/// Pictures of two passes, and such whose attention takes on a style, as diffusers paints them: Tests/Reference/pictures_hires.py and
/// pictures_styled.py.
@Suite struct SecondPassTests {
  @Test("diffusers' two passes", arguments: PaintingCase.twice) func twoPasses(_ painting: PaintingCase) throws {
    let (found, expected) = (try painting.painted(by: painting.opened()).picture, try painting.expected)
    guard painting.texts["hires-upscaler"]?.hasSuffix(".pth") == true else { return expectSamePicture(found, expected) }
    // Between the passes a network of random weights stands, whose pictures are torch's within 1 of 255 only.
    #expect(found.size == expected.size)
    #expect(zip(found.pixels, expected.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
  }

  @Test("styles by attention", arguments: PaintingCase.styled) func styles(_ painting: PaintingCase) throws {
    expectSamePicture(try painting.painted(by: painting.opened()).picture, try painting.expected)
  }

  @Test func thereAreCases() { #expect(PaintingCase.twice.count >= 19 && PaintingCase.styled.count >= 12) }

  /// Noise of the style's picture is a stream of its own: where no layer attends, the picture is that without.
  @Test func aStyleThatNoLayerAttendsToChangesNothing() throws {
    let painting = try PaintingCase.named("styled-sd2-ancestral")
    let model = try painting.opened()
    func painted(_ change: (inout PictureSettings) -> Void) throws -> Picture {
      try Painter(model).paint(painting.order(for: model, change)).picture
    }
    let none = try painted { $0.styleStrength = 0 }
    let plain = try painted { ($0.styleFrom, $0.styleMethod, $0.styleStrength) = (ReferenceList(), nil, 1) }
    #expect(none == plain)
    #expect(try plain != painting.expected)
  }

  @Test(arguments: [
    ("sd1", ["steps": "10"], StyleMethod.attention), ("sd1", ["steps": "9"], .magenta),
    ("sd1", ["steps": "10", "guidance": "1"], .magenta), ("sd1", ["steps": "10", "deep-cache": "2"], .magenta),
    ("transformer", ["steps": "20"], .magenta), ("sd1", ["steps": "10", "style-method": "magenta"], .magenta),
  ]) func theMethodFollowsFromTheModel(_ name: String, _ said: [String: String], _ expected: StyleMethod) throws {
    let texts = ["prompt": "a fox", "style-from": "/a.png"].merging(said) { $1 }
    let draft = try OrderDraft(PictureSettings(texts), model: Fixtures.model(name))
    #expect(draft.settings.styleMethod == expected)
  }

  @Test(arguments: [
    ("transformer", ["style-from": "/a.png", "style-method": "attention"], "is for Stable Diffusion 1, 2 and XL"),
    ("sd1", ["style-from": "/a.png\u{1F}/b.png", "style-method": "attention"], "of one picture"),
    ("sd1", ["style-from": "/a.png", "style-method": "attention", "deep-cache": "2"], "needs all layers"),
    ("sd1", ["style-method": "attention"], "name that by `style-from`"),
    ("sd1", ["hires": "2", "reference": "/a.png"], "paints twice from noise"),
    ("sd1", ["hires-strength": "0.5"], "by `hires`"),
  ]) func nonsenseIsRefused(_ name: String, _ said: [String: String], _ words: String) throws {
    let settings = try PictureSettings(["prompt": "a fox"].merging(said) { $1 })
    let error = try #require(throws: UserError.self) { try OrderDraft(settings, model: Fixtures.model(name)) }
    #expect(error.description.contains(words), "\(error)")
  }
}
