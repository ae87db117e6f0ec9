/// English nouns in the singular, by rule: for prompts that count things.
enum Plural {
  /// What no rule gives.
  private static let irregular = [
    "men": "man", "women": "woman", "children": "child", "people": "person", "mice": "mouse", "geese": "goose",
    "teeth": "tooth", "feet": "foot", "oxen": "ox", "dice": "die", "wolves": "wolf", "leaves": "leaf",
    "knives": "knife",
    "loaves": "loaf", "scarves": "scarf", "elves": "elf", "shelves": "shelf", "calves": "calf", "halves": "half",
    "hooves": "hoof", "cacti": "cactus", "octopi": "octopus", "sheep": "sheep", "fish": "fish", "deer": "deer",
    "moose": "moose", "shrimp": "shrimp", "squid": "squid", "dwarves": "dwarf", "thieves": "thief", "wives": "wife",
    "lives": "life", "cookies": "cookie", "pies": "pie", "ties": "tie", "zombies": "zombie", "selfies": "selfie",
    "shoes": "shoe", "canoes": "canoe", "axes": "axe", "horses": "horse", "houses": "house", "roses": "rose",
    "vases": "vase", "noses": "nose", "cases": "case", "bases": "base", "purses": "purse", "nurses": "nurse",
    "blouses": "blouse", "buses": "bus", "pizzas": "pizza",
  ]
  /// Plurals in form that are one thing.
  private static let single: Set = ["glasses", "scissors", "trousers", "jeans", "shorts", "pants", "noodles"]

  /// The singular of a plural noun; nil where the word is none.
  static func singular(of word: String) -> String? {
    if let known = irregular[word] { return known }
    guard word.count > 3, word.hasSuffix("s"), !single.contains(word) else { return nil }
    if ["ss", "us", "is"].contains(where: word.hasSuffix) { return nil }
    if word.hasSuffix("ies") { return word.dropLast(3) + "y" }
    if ["ches", "shes", "sses", "xes", "zes", "oes"].contains(where: word.hasSuffix) {
      return String(word.dropLast(2))
    }
    return String(word.dropLast())
  }

  /// Several of what a noun phrase names: "cups of tea".
  static func plural(of phrase: String) -> String {
    var words = phrase.split(separator: " ").map(String.init)
    let head = (words.firstIndex { ["of", "with", "and", "in"].contains($0) } ?? words.count) - 1
    guard words.indices.contains(head) else { return phrase }
    let noun = words[head]
    if let known = irregular.first(where: { $0.value == noun })?.key {
      words[head] = known
    } else if noun.hasSuffix("y"), !["ay", "ey", "oy"].contains(where: noun.hasSuffix) {
      words[head] = noun.dropLast() + "ies"
    } else if ["s", "x", "z", "ch", "sh"].contains(where: noun.hasSuffix) {
      words[head] = noun + "es"
    } else {
      words[head] = noun + "s"
    }
    return words.joined(separator: " ")
  }

  /// A noun phrase with its article: "an apple".
  static func withArticle(_ phrase: String) -> String {
    let isVowel = phrase.first.map { "aeiou".contains($0) } ?? false
    let soundsOtherwise = ["uni", "eu", "one", "use", "uk"].contains { phrase.hasPrefix($0) }
    let isSilent = ["hour", "honest", "heir"].contains { phrase.hasPrefix($0) }
    return (isVowel && !soundsOtherwise || isSilent ? "an " : "a ") + phrase
  }
}
