/// The words of a prompt, taken apart into things.
struct PromptPhrase {
  /// Whether things lie beside each other, above each other, or as there is room.
  enum Direction {
    case across, down, free
  }

  /// What stands around the things: "a 3d render of" before them, ", flat" behind.
  struct Form {
    var before = ""
    var behind = ""

    func applied(to thing: String) -> String { before + thing + behind }
  }

  private(set) var form = Form()
  private var words: [String]

  /// - Parameter prompt: In lower case.
  init(_ prompt: String) {
    var text = Substring(prompt.split(whereSeparator: \.isWhitespace).joined(separator: " "))
    // What follows the last comma is a style where it begins with no article or number.
    while let comma = text.lastIndex(of: ",") {
      let tail = text[text.index(after: comma)...].drop { $0 == " " }
      let first = tail.prefix { $0 != " " }
      guard !Self.begins(String(first)), !tail.isEmpty else { break }
      form.behind = ", \(tail)" + form.behind
      text = text[..<comma]
    }
    for opening in Self.openings where text.hasPrefix(opening) {
      form.before = opening
      text = text.dropFirst(opening.count)
      break
    }
    words = text.replacing(",", with: " ,").split(separator: " ").map(String.init)
  }

  private static let openings = [
    "a picture of ", "a drawing of ", "an image of ", "a photo of ", "an illustration of ",
  ]

  /// Takes "on a blue background" from the end.
  mutating func takeBackground(among names: Set<String>) -> String? {
    guard words.last == "background", let start = words.lastIndex(of: "on"), words.count - start >= 4,
      ["a", "an"].contains(words[start + 1])
    else { return nil }
    let name = words[(start + 2)..<(words.count - 1)].joined(separator: " ")
    guard names.contains(name) else { return nil }
    words.removeSubrange(start...)
    return name
  }

  /// The things that the phrase names, one for each to be painted, and how they lie; nil where it names none that are understood.
  func things() -> (things: [String], direction: Direction)? {
    for relation in Self.relations {
      guard let place = Self.place(of: relation.words, in: words) else { continue }
      guard let first = Self.expanded(Array(words[..<place])),
        let second = Self.expanded(Array(words[(place + relation.words.count)...]))
      else { return nil }
      return (relation.isReversed ? second + first : first + second, relation.direction)
    }
    return (Self.pair(words) ?? Self.expanded(words)).map { ($0, .free) }
  }

  // MARK: Two bare words

  /// Words that "and" joins into one thing, or that name none.
  private static let joined: Set = [
    "bow", "fork", "knife", "spoon", "hammer", "nut", "bolt", "salt", "rock", "needle", "ball", "black", "white", "red",
    "blue",
    "green", "yellow", "pink", "gray", "grey", "brown", "orange", "purple", "up", "down", "left", "right", "hand",
    "and", "or", "the",
    "fish",
  ]

  /// "cat and dog" as "a cat" and "a dog".
  private static func pair(_ words: [String]) -> [String]? {
    guard words.count == 3, words[1] == "and", !joined.contains(words[0]), !joined.contains(words[2]),
      !begins(words[0])
    else { return nil }
    return [words[0], words[2]].map { Plural.withArticle(Plural.singular(of: $0) ?? $0) }
  }

  // MARK: Relations

  private struct Relation {
    let words: [String]
    let direction: Direction
    /// Whether the second thing comes first.
    let isReversed: Bool

    init(_ phrase: String, _ direction: Direction, isReversed: Bool = false) {
      words = phrase.split(separator: " ").map(String.init)
      self.direction = direction
      self.isReversed = isReversed
    }
  }

  /// The longest first.
  private static let relations = [
    Relation("to the left of", .across), Relation("on the left of", .across), Relation("left of", .across),
    Relation("to the right of", .across, isReversed: true), Relation("on the right of", .across, isReversed: true),
    Relation("right of", .across, isReversed: true), Relation("next to", .across), Relation("beside", .across),
    Relation("on top of", .down), Relation("above", .down), Relation("over", .down),
    Relation("below", .down, isReversed: true), Relation("underneath", .down, isReversed: true),
    Relation("under", .down, isReversed: true), Relation("beneath", .down, isReversed: true),
  ]

  private static func place(of relation: [String], in words: [String]) -> Int? {
    guard words.count > relation.count + 1 else { return nil }
    return (1..<words.count - relation.count).first { Array(words[$0..<$0 + relation.count]) == relation }
  }

  // MARK: Lists and counts

  private static let numbers = [
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "2": 2, "3": 3, "4": 4,
    "5": 5, "6": 6, "7": 7, "8": 8, "9": 9,
  ]
  private static let articles: Set = ["a", "an", "the", "one"]

  /// Whether a word can begin a thing.
  private static func begins(_ word: String) -> Bool { articles.contains(word) || numbers[word] != nil }

  /// Words after which a place follows, that all things would have to share.
  private static let places: Set = [
    "in", "at", "on", "inside", "outdoors", "indoors", "underwater", "during", "by", "under",
  ]

  /// "two apples and a banana" as three things; nil where a part does not begin as a thing does, or the words name a place.
  private static func expanded(_ words: [String]) -> [String]? {
    guard places.isDisjoint(with: words) else { return nil }
    var parts: [[String]] = [[]]
    for (index, word) in words.enumerated() {
      let next = index + 1 < words.count ? words[index + 1] : ""
      let isBoundary = word == "," || (word == "and" || word == "&" || word == "plus") && begins(next)
      if isBoundary {
        if parts[parts.count - 1].isEmpty { continue }
        parts.append([])
      } else {
        parts[parts.count - 1].append(word)
      }
    }
    // "a man with a hat and a beard" is one.
    guard parts.count == 1 || !words.contains("with") else { return nil }
    var things: [String] = []
    for part in parts {
      guard let first = part.first, (2...8).contains(part.count), begins(first) else { return nil }
      if let count = numbers[first] {
        guard let thing = singular(Array(part.dropFirst())) else { return nil }
        things += Array(repeating: thing, count: count)
      } else if part.count > 3, part.starts(with: ["a", "couple", "of"]), let thing = singular(Array(part.dropFirst(3)))
      {
        things += [thing, thing]
      } else {
        things.append(
          first == "one" ? Plural.withArticle(part.dropFirst().joined(separator: " ")) : part.joined(separator: " "))
      }
    }
    return things
  }

  /// "red cups of tea" as "a red cup of tea".
  private static func singular(_ phrase: [String]) -> String? {
    let head = (phrase.firstIndex { ["of", "with", "for"].contains($0) } ?? phrase.count) - 1
    guard phrase.indices.contains(head), let noun = Plural.singular(of: phrase[head]) else { return nil }
    var words = phrase
    words[head] = noun
    return Plural.withArticle(words.joined(separator: " "))
  }
}
