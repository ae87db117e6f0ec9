import Images
import Testing

@testable import Families

@Suite struct LayoutTests {
  private static let backgrounds: Set = ["white", "blue", "light blue"]

  /// Words of the model: a plural among them is the name of one thing.
  private static let known: Set = ["apple", "grapes", "bird"]

  private func reading(_ prompt: String) -> Layout.Reading {
    Layout.reading(prompt, backgrounds: Self.backgrounds, isKnown: Self.known.contains)
  }

  private func things(_ prompt: String) -> [String]? { reading(prompt).layout?.prompts }

  @Test(arguments: [
    ("three apples", ["an apple", "an apple", "an apple"]),
    ("2 red cups of tea", ["a red cup of tea", "a red cup of tea"]),
    ("A cat and a dog", ["a cat", "a dog"]),
    ("cat and dog", ["a cat", "a dog"]),
    ("a fox, an owl and two mice", ["a fox", "an owl", "a mouse", "a mouse"]),
    ("a bird above a house", ["a bird", "a house"]),
    ("a dog under an umbrella", ["an umbrella", "a dog"]),
    ("a cat to the right of a dog", ["a dog", "a cat"]),
    ("a couple of cherries", ["a cherry", "a cherry"]),
    ("apples", ["an apple", "an apple", "an apple"]),
    ("small red birds", ["a small red bird", "a small red bird", "a small red bird"]),
    ("some fish", ["a fish", "a fish", "a fish"]),
    ("half a dozen eggs", Array(repeating: "an egg", count: 6)),
    ("a few birds and 1 apple", ["a bird", "a bird", "a bird", "an apple"]),
  ]) func thingsAreToldApart(prompt: String, expected: [String]) {
    #expect(things(prompt) == expected.map { $0 + " on a white background" })
  }

  @Test(arguments: [
    "a cat", "grapes", "three grapes", "pears", "salt and apples", "1.5 apples", "some cheese", "a bow and arrow",
    "fork and knife",
    "black and white cat",
    "a man with a hat and a beard",
    "three",
    "two cats on a table", "a cat and a dog in the snow", "a dog at night", "10 downing street", "zero apples", "", ",",
    "a , and",
    "two glasses", "a pair of scissors", "and and and", "two", "a cat above",
  ]) func oneThingStaysWhole(prompt: String) {
    #expect(reading(prompt) == .whole)
  }

  @Test(arguments: [
    "ten apples", "fifty cats", "a dozen eggs", "dozens of eggs", "4000000000 stars", "six cats and five dogs",
  ])
  func aPictureHoldsNineThings(prompt: String) {
    #expect(reading(prompt) == .tooMany)
  }

  @Test func styleAndBackgroundBelongToAll() {
    #expect(
      things("two stars on a light blue background, flat")
        == Array(repeating: "a star on a light blue background, flat", count: 2))
    #expect(things("a drawing of a cat and a dog")?.last == "a drawing of a dog on a white background")
    // A background that the model does not know is a place like any other.
    #expect(things("two stars on a mauve background") == nil)
  }

  @Test func windowsLieAsTheWordsSay() throws {
    let square = AspectRatio(width: 1, height: 1)
    func canvas(_ prompt: String, _ aspect: AspectRatio) throws -> Layout.Canvas {
      try #require(reading(prompt).layout).canvas(aspect, window: 8)
    }
    let beside = try canvas("a cat left of a dog", square)
    #expect(beside.width == 16 && beside.height == 16)
    #expect(beside.origins.map(\.left) == [0, 8] && Set(beside.origins.map(\.top)) == [4])
    let above = try canvas("a cat above a dog", AspectRatio(width: 16, height: 9))
    #expect(above.origins[0].top < above.origins[1].top && above.origins[0].left == above.origins[1].left)
    for count in ["two", "three", "four", "five", "six", "seven", "eight", "nine"] {
      for aspect in [square, AspectRatio(width: 16, height: 9), AspectRatio(width: 2, height: 3)] {
        let canvas = try canvas("\(count) apples", aspect)
        #expect(abs(Double(canvas.width) / Double(canvas.height) / aspect.value - 1) < 0.15)
        for (index, one) in canvas.origins.enumerated() {
          #expect(one.left >= 0 && one.left + 8 <= canvas.width && one.top >= 0 && one.top + 8 <= canvas.height)
          #expect(!canvas.origins[..<index].contains { abs($0.left - one.left) < 8 && abs($0.top - one.top) < 8 })
        }
      }
    }
  }

  @Test(arguments: [
    ("apples", "apple"), ("cherries", "cherry"), ("boxes", "box"), ("buses", "bus"), ("wolves", "wolf"),
    ("sheep", "sheep"),
    ("tomatoes", "tomato"), ("peaches", "peach"), ("horses", "horse"), ("men", "man"),
  ]) func pluralsHaveASingular(plural: String, singular: String) {
    #expect(Plural.singular(of: plural) == singular)
  }

  @Test(arguments: ["bus", "grass", "cactus", "iris", "scissors", "cat"]) func othersHaveNone(word: String) {
    #expect(Plural.singular(of: word) == nil)
  }
}
