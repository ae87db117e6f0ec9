import Foundation
import System
import Testing

@testable import Families

/// What the bundled model is given of what people type; by its own list of things.
@Suite struct PromptReaderTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL
  private static let list = try? ThingList(path: repository.appending(path: "weights/default/things.json").path)
  private let reader: PromptReader

  init() throws {
    reader = PromptReader(things: try #require(Self.list), backgrounds: ["white", "blue", "light blue"])
  }

  private static func lines(_ name: String) throws -> [String] {
    try String(contentsOf: repository.appending(path: "weights/training/\(name)"), encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  @Test func promptsThatComeOutRightStayAsTheyAre() throws {
    for prompt in try Self.lines("composition.txt") + Self.lines("right.txt") {
      #expect(try reader.wording(of: prompt).shortfalls == [], "\(prompt)")
    }
    for prompt in try Self.lines("composition.txt") where !prompt.contains("a book") {
      #expect(try reader.wording(of: prompt).text == prompt)
    }
  }

  @Test(arguments: [
    ("coffee", "a cup of coffee"), ("a cup of coffee on a table", "a cup of coffee on a table"),
    ("football player", "a person playing handball"), ("shopping", "shopping bags"), ("settings icon", "a gear"),
    ("A mountain bike", "a bicycle"), ("two kittens", "two kittens"), ("an automobile", "a car"),
    ("an easter bunny", "a bunny"),
    ("a cute kawaii sushi", "sushi"), ("a cat astronaut", "an astronaut"), ("my puppies", "some puppies"),
    ("two smartphones", "two mobile phones"), ("kids", "children"),
    ("my grandmother", "an old woman"),
    ("a cat, a dog and bird", "a cat, a dog and a bird"), ("a fox, blue background", "a fox on a blue background"),
    ("please draw a cute little fox", "a fox"), ("three penguins on the ice", "three penguins in the snow"),
    ("a hand", "a raised hand"), ("a crimson car", "a red car"), ("a fox on the moon, flat", "a fox in space, flat"),
  ])
  func otherWordsBecomeTheModels(prompt: String, expected: String) throws {
    #expect(try reader.wording(of: prompt).text == expected)
  }

  @Test(arguments: [
    ("🦊", "a fox"), ("🐱🐶", "a cat face and a dog face"), ("a 🦊 in the snow", "a fox in the snow"),
    ("two 🍌", "two bananas"), ("👍🏽", "a thumbs up"), ("❤️", "a red heart"),
  ])
  func emojiAreWhatTheyShow(prompt: String, expected: String) throws {
    let wording = try reader.wording(of: prompt)
    #expect(wording.text == expected && wording.shortfalls == [])
  }

  @Test(arguments: [
    ("a lighthouse", "never seen a lighthouse; near it: a castle"), ("a rusty car", "\"rusty\""),
    ("a girl reading a book", "\"reading a book\""), ("un gato negro", "English"), ("собака", "English"),
    ("ein roter Apfel", "English"), ("🏴‍☠️", "does not know"), ("an elephent", "near it: an elephant"),
    ("a big dog and a small cat", "\"big\", \"small\""), ("an oil painting of a fox", "\"oil painting\""),
    ("a florgle", "`limn things`"), ("a windmill", "never seen a windmill: it paints a hut instead"),
    ("napoleon", "never seen napoleon;"), ("a fox, oil on canvas", "\"oil on canvas\""),
  ])
  func whatIsNotPaintedIsSaid(prompt: String, expected: String) throws {
    let wording = try reader.wording(of: prompt)
    #expect(wording.shortfalls.joined(separator: " ").contains(expected), "\(wording)")
  }

  /// A picture's metadata say what the model was given, from which it is painted again.
  @Test func whatWasSaidInTheModelsWordsStays() throws {
    for prompt in try Self.lines("typed.txt") {
      let wording = try reader.wording(of: prompt)
      #expect(try reader.wording(of: wording.text).text == wording.text, "\(prompt)")
    }
  }

  @Test(arguments: ["a middle finger", "a man showing the middle finger"])
  func someThingsAreNeverPainted(prompt: String) {
    #expect(throws: UserError.self) { try reader.wording(of: prompt) }
  }

  @Test func everyThingIsKnownByItsNameAndItsEmoji() throws {
    let list = try #require(Self.list)
    #expect(list.things.count == 1394)
    for thing in list.things {
      #expect(list.thing(named: thing.bareName) != nil)
    }
    // Some of them, in the time that a test may take.
    for thing in stride(from: 0, to: list.things.count, by: 9).map({ list.things[$0] }) {
      #expect(try reader.wording(of: thing.name).shortfalls == [], "\(thing.name)")
      #expect(list.thing(emoji: thing.emoji) != nil)
      #expect(!list.things(about: thing.bareName).isEmpty)
    }
    #expect(list.things(about: "dog").first?.name == "a dog")
    #expect(list.things(about: "florgle").isEmpty)
  }

  @Test func thingsAreCutOutFromWhatTheyAreNot() throws {
    let list = try #require(Self.list)
    #expect(list.ground(of: ["a red apple"]) == "white")
    #expect(list.ground(of: ["a polar bear"]) != "white")
    let both = try #require(list.ground(of: ["a polar bear", "a penguin"]))
    #expect(both != "white")
    #expect(list.ground(of: ["a florgle"]) == nil)
  }

  @Test func severalThingsStandInAPlace() throws {
    let list = try #require(Self.list)
    func layout(_ prompt: String) -> Layout? {
      Layout.reading(prompt, backgrounds: ["white", "blue"], places: list.places) { list.isKnown($0) }.layout
    }
    #expect(layout("two cats on a table")?.place == .table)
    #expect(layout("a cat and a dog in the snow, flat")?.place == .snow)
    #expect(layout("a sailboat on the sea")?.place == .sea)
    #expect(layout("a fox in the snow") == nil)
    #expect(Set(list.places.keys) == Set(Place.allCases.map(\.rawValue)))
  }

  @Test func damagedListsAreSaid() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "limn-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: path) }
    for text in ["{}", "[]", #"{"things": [{"emoji": "x"}]}"#] {
      try Data(text.utf8).write(to: path)
      #expect(throws: UserError.self) { try ThingList(path: path.path) }
    }
  }
}
