import System
import Testing

@testable import Batch

/// Names of pictures.
@Suite struct NameTests {
  static let values = [
    "index": "7", "slug": "a-red-fox", "seed": "42", "prompt": "a red/blue fox", "$mood": "../calm", "style": ".3d",
    "clip-skip": "1",
  ]

  @Test(
    arguments: [
      ("{index:05}-{slug}-{seed}.png", "00007-a-red-fox-42.png"), ("{slug:5}", "a-red.png"), ("{index}", "7.png"),
      ("{seed:1}", "42.png"), ("{prompt}", "a red-blue fox.png"), ("{$mood}/{index}", "-.-calm/7.png"),
      ("{style}.PNG", "-3d.png"), ("{slug}.JPG", "a-red-fox.jpg"), ("{slug}.webp", "a-red-fox.webp"),
      ("{slug}.jpeg", "a-red-fox.jpeg"), ("{slug}.gif", "a-red-fox.gif.png"), ("{clip_skip}", "1.png"),
      ("{$none}", "picture.png"), ("a/{$none}", "a/picture.png"),
    ])
  func templates(_ template: String, _ name: String) throws {
    #expect(try NameTemplate(parsing: template).name(NameTests.values) == name)
  }

  @Test(arguments: ["", "{bogus}", "{index", "{index:x}", "{index:0}", "a/"])
  func badTemplates(_ template: String) {
    #expect(throws: UserError.self) { try NameTemplate(parsing: template) }
  }

  @Test func noTwoPicturesShareAName() {
    var book = NameBook(taken: ["Old.png"]) { $0 == "there.png" }
    #expect(
      ["a.png", "a.png", "A.png", "old.png", "there.png", "a-2.png", "a.jpg", "A.jpg"].map { book.name(for: $0) } == [
        "a.png", "a-2.png", "A-3.png", "old-2.png", "there-2.png", "a-2-2.png", "a.jpg",
        "A-2.jpg",
      ])
  }

  @Test func longNamesFitOnDisks() throws {
    let name = try NameTemplate(parsing: "{prompt}/{prompt}").name(["prompt": String(repeating: "é", count: 500)])
    #expect(name.split(separator: "/").allSatisfy { $0.utf8.count <= 255 })
  }
}
