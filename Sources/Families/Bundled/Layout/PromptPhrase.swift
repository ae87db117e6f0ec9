/// The words of a prompt, taken apart into things.
struct PromptPhrase {
  /// Whether things lie beside each other, above each other, or as there is room.
  enum Direction {
    case across, down, free
  }

  /// What stands around the things: "a 3d render of" before them, ", flat" behind.
  struct Form: Sendable, Hashable {
    var before = ""
    var behind = ""

    func applied(to thing: String) -> String { before + thing + behind }
  }

  private(set) var form = Form()
  private(set) var words: [String]
  private let isKnown: (String) -> Bool

  /// - Parameters:
  ///   - prompt: In lower case.
  ///   - isKnown: Whether the model knows a word; a plural that it does not know means some of the thing.
  init(_ prompt: String, isKnown: @escaping (_ word: String) -> Bool) {
    self.isKnown = isKnown
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

  /// Takes "in the snow" from the end, and names the place.
  mutating func takePlace(among places: [String: [String]]) -> String? {
    for start in words.indices.dropFirst() {
      let phrase = words[start...].joined(separator: " ")
      guard let place = places.first(where: { $0.value.contains(phrase) })?.key else { continue }
      words.removeSubrange(start...)
      return place
    }
    return nil
  }

  /// The things that the phrase names, one for each to be painted, and how they lie; nil where it names none that are understood.
  func things() -> (things: [String], direction: Direction)? {
    for relation in Self.relations {
      guard let place = Self.place(of: relation.words, in: words) else { continue }
      guard let first = expanded(Array(words[..<place])),
        let second = expanded(Array(words[(place + relation.words.count)...]))
      else { return nil }
      return (relation.isReversed ? second + first : first + second, relation.direction)
    }
    return (Self.pair(words) ?? expanded(words) ?? some(words)).map {
      ($0, .free)
    }
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

  /// Words that say that there is nothing to be painted.
  private static let none: Set = ["no", "zero", "without"]

  /// "red apples" as a few of them.
  private func some(_ words: [String]) -> [String]? {
    guard (1...3).contains(words.count), let plural = words.last, Self.places.union(Self.none).isDisjoint(with: words),
      !words.contains("and"), words[0].first?.isNumber == false, !isKnown(plural),
      let noun = Plural.singular(of: plural), isKnown(noun), let thing = singular(words)
    else { return nil }
    return Array(repeating: thing, count: Self.few)
  }

  // MARK: Relations

  struct Relation {
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
  static let relations = [
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
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "some": few, "several": few, "many": 5,
  ]
  /// Words before a plural that say how many.
  static let amounts = [
    (["a", "couple", "of"], 2), (["a", "few"], few), (["lots", "of"], 5), (["a", "lot", "of"], 5),
    (["a", "dozen"], 12), (["half", "a", "dozen"], 6), (["dozens", "of"], 24), (["a", "hundred"], 100),
    (["a", "thousand"], 1000),
  ]
  private static let few = 3
  static let articles: Set = ["a", "an", "the", "one", "1"]

  /// What a word says of how many; nil where it is no number above 1.
  static func number(_ word: String) -> Int? { numbers[word] ?? Int(word).flatMap { $0 > 1 ? $0 : nil } }

  /// Whether a word can begin a thing.
  static func begins(_ word: String) -> Bool {
    articles.contains(word) || number(word) != nil || amounts.contains { $0.0[0] == word }
  }

  /// Words after which a place follows, that all things would have to share.
  private static let places: Set = [
    "in", "at", "on", "inside", "outdoors", "indoors", "underwater", "during", "by", "under",
  ]

  /// "two apples and a banana" as three things; nil where a part does not begin as a thing does, or the words name a place.
  private func expanded(_ words: [String]) -> [String]? {
    guard Self.places.isDisjoint(with: words) else { return nil }
    var parts: [[String]] = [[]]
    for (index, word) in words.enumerated() {
      let next = index + 1 < words.count ? words[index + 1] : ""
      let isBoundary = word == "," || (word == "and" || word == "&" || word == "plus") && Self.begins(next)
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
      guard let first = part.first, (2...8).contains(part.count), Self.begins(first) else { return nil }
      let (count, counted) = amount(part)
      if count > 1 {
        guard let thing = singular(counted) else { return nil }
        // However many, no more than it takes to see that they are too many.
        things += Array(repeating: thing, count: min(count, Layout.most + 1))
      } else {
        things.append(
          ["one", "1"].contains(first)
            ? Plural.withArticle(counted.joined(separator: " ")) : part.joined(separator: " "))
      }
    }
    return things
  }

  /// How many there are of what the rest of the words name.
  private func amount(_ part: [String]) -> (count: Int, counted: [String]) {
    for (words, count) in Self.amounts where part.count > words.count && part.starts(with: words) {
      let counted = Array(part.dropFirst(words.count))
      // "a few" and "a hundred" may also begin the name of one thing.
      if singular(counted) != nil { return (count, counted) }
    }
    return (Self.number(part[0]) ?? 1, Array(part.dropFirst()))
  }

  /// "red cups of tea" as "a red cup of tea"; nil where the model knows the plural alone ("grapes").
  private func singular(_ phrase: [String]) -> String? {
    let head = (phrase.firstIndex { ["of", "with", "for"].contains($0) } ?? phrase.count) - 1
    guard phrase.indices.contains(head), let noun = Plural.singular(of: phrase[head]),
      isKnown(noun) || !isKnown(phrase[head])
    else { return nil }
    var words = phrase
    words[head] = noun
    return Plural.withArticle(words.joined(separator: " "))
  }
}
