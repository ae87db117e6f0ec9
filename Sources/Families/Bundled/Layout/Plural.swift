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

  /// A noun phrase with its article: "an apple".
  static func withArticle(_ phrase: String) -> String {
    let isVowel = phrase.first.map { "aeiou".contains($0) } ?? false
    let soundsOtherwise = ["uni", "eu", "one", "use", "uk"].contains { phrase.hasPrefix($0) }
    let isSilent = ["hour", "honest", "heir"].contains { phrase.hasPrefix($0) }
    return (isVowel && !soundsOtherwise || isSilent ? "an " : "a ") + phrase
  }
}
