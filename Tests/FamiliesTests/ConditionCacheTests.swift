import Families
import Foundation
import Guardrail
import Images
import Testing
import Tokenizers

@Suite struct ConditionCacheTests {
  private struct Numbered: Condition {
    let number: Int
    var warnings: [String] { [] }
    var damagedNetwork: String? { nil }
  }

  private let guardrail: Guardrail

  init() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../weights/guardrail")
    guardrail = try Guardrail(folder: folder.standardizedFileURL.path)
  }

  private func key(
    _ prompt: String = "a fox", _ negative: String? = nil, syntax: PromptSyntax = .plain, edge: Int = 64,
    isGuided: Bool = true, clipSkip: Int = 0
  ) throws -> ConditionCache.Key {
    let approved = try guardrail.approve(prompt: prompt, negative: negative)
    let size = PictureSize(width: edge, height: 64)
    let scene = try Scene(whole: approved, SceneWish(syntax: syntax), size: SizePlan(painted: size, written: size))
    return ConditionCache.Key(scene.parts[0], ConditionOptions(isGuided: isGuided, clipSkip: clipSkip))
  }

  @Test func theLastConditionsAreKept() throws {
    let cache = ConditionCache(capacity: 3)
    let keys = try (0..<5).map { try key("a fox number \($0)") }
    func kept() -> [Int?] { keys.map { (cache[$0] as? Numbered)?.number } }
    for (number, key) in keys.prefix(3).enumerated() { cache[key] = Numbered(number: number) }
    #expect(kept() == [0, 1, 2, nil, nil])
    // One that is known takes nobody's place.
    cache[keys[0]] = Numbered(number: 7)
    #expect(kept() == [7, 1, 2, nil, nil])
    cache[keys[3]] = Numbered(number: 3)
    cache[keys[4]] = Numbered(number: 4)
    #expect(kept() == [nil, nil, 2, 3, 4])
    cache[keys[4]] = nil
    #expect(kept() == [nil, nil, 2, 3, 4], "nothing is taken out")
  }

  @Test func whateverDecidesAnEncodingIsPartOfTheKey() throws {
    let keys = try [
      key(), key("a cat"), key("a fox", ""), key("a fox", "fog"), key(syntax: .a1111), key(isGuided: false),
      key(clipSkip: 1), key("a fox", "fog", clipSkip: 1), key("a fox", syntax: .a1111, isGuided: false),
    ]
    #expect(Set(keys).count == keys.count)
  }

  /// Models of SDXL's family are told the size with the prompt.
  @Test func theSizeIsPartOfTheKey() throws {
    #expect(try key(edge: 64) != key(edge: 72))
  }

  @Test func whatDoesNotMatterIsNoPart() throws {
    #expect(try key() == key())
    // Without guidance nobody reads the negative prompt.
    #expect(try key("a fox", "fog", isGuided: false) == key("a fox", nil, isGuided: false))
  }
}
