/// What a noun phrase comes to in a model's words.
struct NounReading {
  /// With its article or number, as it was where the model knows it so.
  var text: String
  /// The same, counted: bare words with an article, bare plurals as some.
  var counted: String
  /// Other things that the phrase speaks of: of "a robot holding a flower", the flower.
  var extras: [String] = []
  /// What was said beside the thing and is not painted.
  var leftOut: [String] = []
  /// Words for sizes, which count only beside other things.
  var sizes: [String] = []
  /// Nouns that were never shown.
  var unknown: [String] = []
  /// The same, another thing being painted instead.
  var replaced: [String] = []
}

/// Reads noun phrases: "two red cups of tea", "a wooden chair", "a girl reading a book".
struct NounReader {
  let things: ThingList

  func read(_ words: [String]) -> NounReading {
    let (determiner, count, core) = split(words)
    let whole = words.joined(separator: " ")
    guard !core.isEmpty else { return NounReading(text: whole, counted: whole) }
    guard let found = found(core, isBare: determiner.isEmpty) else {
      var reading = NounReading(text: whole, counted: whole)
      reading.unknown = [unknownNoun(core)]
      return reading
    }
    var reading = NounReading(text: "", counted: "")
    (reading.extras, reading.leftOut, reading.sizes) = (found.extras, found.leftOut, found.sizes)
    reading.replaced = found.replaced
    let name = found.name
    if count > 1 {
      reading.text =
        found.isNew
        ? "\(determiner) \(found.isPlural ? name : Plural.plural(of: name.withoutArticle))" : "\(determiner) \(name)"
      if found.isNew, found.isUncounted, !found.isPlural { reading.text = name }
      reading.counted = reading.text
    } else if found.isNew {
      reading.text = name
      reading.counted = found.isPlural ? "some \(name)" : listed(name)
    } else {
      // "a cute astronaut" is an astronaut.
      let isOwn =
        determiner == "the" || PromptPhrase.articles.contains(determiner) && name == core.joined(separator: " ")
      let own = found.isPlural ? "some \(name)" : named(name)
      reading.text = determiner.isEmpty ? name : isOwn ? "\(determiner) \(name)" : own
      reading.counted = listed(determiner.isEmpty ? own : reading.text)
    }
    return reading
  }

  /// Whether the phrase as it stands is a thing's name.
  func isExact(_ words: [String]) -> Bool {
    let (_, _, core) = split(words)
    return !core.isEmpty && lookedUp(core) != nil
  }

  // MARK: Determiners

  private static let possessives: Set = [
    "my", "your", "his", "her", "its", "our", "their", "this", "that", "some", "any", "another",
  ]

  private func split(_ words: [String]) -> (determiner: String, count: Int, core: [String]) {
    guard let first = words.first, words.count > 1 else { return ("", 1, words) }
    for (amount, count) in PromptPhrase.amounts where words.count > amount.count && words.starts(with: amount) {
      return (amount.joined(separator: " "), count, Array(words.dropFirst(amount.count)))
    }
    if PromptPhrase.articles.contains(first) { return (first, 1, Array(words.dropFirst())) }
    // "three stars" and "two people holding hands" are names as they stand.
    if let number = PromptPhrase.number(first) {
      return things.isKnown(words.joined(separator: " ")) ? ("", 1, words) : (first, number, Array(words.dropFirst()))
    }
    return Self.possessives.contains(first) ? (first, 1, Array(words.dropFirst())) : ("", 1, words)
  }

  /// A thing's own name, or the words with an article.
  private func named(_ words: String) -> String {
    guard let thing = things.thing(named: words) else { return Plural.withArticle(words) }
    return thing.bareName == words ? thing.name : Plural.withArticle(words)
  }

  /// A name as it stands in a list, where every thing begins with an article or number: "the french fries".
  private func listed(_ name: String) -> String {
    let first = name.split(separator: " ").first.map { $0.lowercased() } ?? ""
    return PromptPhrase.begins(first) ? name : "the \(name)"
  }

  // MARK: Nouns

  private struct Found {
    /// Without an article where the words are the prompt's own; with the thing's where they are new.
    var name: String
    var isNew = false
    var isPlural = false
    var extras: [String] = []
    var leftOut: [String] = []
    var sizes: [String] = []
    var replaced: [String] = []
    var thing: Thing?

    /// Things that cannot be counted: "fire", "french fries".
    var isUncounted: Bool { name.withoutArticle == name }
  }

  /// - Parameter isBare: Whether no article stands before it: "coffee".
  private func lookedUp(_ core: [String], isBare: Bool = false) -> Found? {
    let key = core.joined(separator: " ")
    if let meant = things.same[key] ?? things.instead[key] {
      var found = Found(name: meant, isNew: true, thing: things.thing(named: meant.lowercased().withoutArticle))
      if things.instead[key] != nil { found.replaced = [key] }
      return found
    }
    if let thing = things.thing(named: key) {
      // Its own name was shown more often than its others.
      let isOther =
        thing.bareName != key && things.isOne(key) && !things.paints.contains(core[0])
        && (isBare || !things.typical.contains(key))
      return isOther ? Found(name: thing.name, isNew: true, thing: thing) : Found(name: key, thing: thing)
    }
    let head = (core.firstIndex { ["of", "with", "for"].contains($0) } ?? core.count) - 1
    guard core.indices.contains(head), let noun = Plural.singular(of: core[head]) else { return nil }
    var single = core
    single[head] = noun
    let singular = single.joined(separator: " ")
    if let meant = things.same[singular] ?? things.instead[singular] {
      let thing = things.thing(named: meant.lowercased().withoutArticle)
      var found = Found(name: Plural.plural(of: meant.withoutArticle), isNew: true, isPlural: true, thing: thing)
      if things.instead[singular] != nil { found.replaced = [singular] }
      return found
    }
    guard let thing = things.thing(named: singular) else { return nil }
    let isOther = thing.bareName != singular && things.isOne(singular) && !things.typical.contains(singular)
    return isOther && !thing.isUncounted
      ? Found(name: Plural.plural(of: thing.bareName), isNew: true, isPlural: true, thing: thing)
      : Found(name: key, isPlural: true, thing: thing)
  }

  private func found(_ core: [String], isBare: Bool = false) -> Found? {
    guard !core.isEmpty else { return nil }
    if let found = lookedUp(core, isBare: isBare) { return found }
    let key = core.joined(separator: " ")
    guard things.near[key] == nil else { return nil }
    let joint = core.indices.dropFirst().first { isJoint(core[$0]) }
    return joint.map { detailed(core, joint: $0) } ?? modified(core)
  }

  private static let joints: Set = [
    "with", "without", "wearing", "in", "on", "at", "by", "near", "of", "from", "for", "behind", "inside", "through",
    "over", "under",
    "around", "between", "to", "that", "who", "which", "is", "are", "as", "like", "during", "against", "full", "made",
  ]
  /// Whose contents are what is to be painted.
  private static let containers: Set = [
    "cup", "mug", "glass", "bottle", "bowl", "plate", "slice", "piece", "bunch", "basket", "jar", "box", "bag", "pair",
    "group",
    "herd", "flock", "pile", "stack", "row", "set", "collection", "kind", "type", "head", "face", "can", "bucket",
    "field",
  ]
  /// Joints whose objects are part of the first thing.
  private static let worn: Set = [
    "wearing", "of", "that", "who", "which", "is", "are", "as", "like", "without", "made", "for", "from",
  ]

  private func isJoint(_ word: String) -> Bool {
    Self.joints.contains(word)
      || word.count > 4 && word.hasSuffix("ing") && !things.isKnown(word) && things.near[word] == nil
  }

  /// "a robot holding a flower": a thing with something said behind it.
  private func detailed(_ core: [String], joint: Int) -> Found? {
    let detail = core[joint...].joined(separator: " ")
    let words = core[joint...].drop { isJoint($0) }
    let (determiner, count, object) = split(Array(words))
    if core[joint] == "of", Self.containers.contains(core[joint - 1]), var contents = found(object) {
      contents.leftOut.append(core[...joint].joined(separator: " "))
      return contents
    }
    guard var thing = found(Array(core[..<joint])) else { return nil }
    thing.leftOut.append(detail)
    if count == 1, !thing.isPlural, !Self.worn.contains(core[joint]),
      let other = found(object, isBare: determiner.isEmpty), !other.isPlural,
      other.leftOut.isEmpty
    {
      thing.extras.append(listed(other.isNew ? other.name : named(other.name)))
      thing.extras += other.extras
      thing.replaced += other.replaced
    }
    return thing
  }

  private static let sizes: Set = [
    "big", "large", "huge", "giant", "small", "little", "tiny", "mini", "tall", "short", "long", "wide",
  ]
  /// Words that every picture of a thing does justice to.
  private static let vague: Set = [
    "cute", "adorable", "beautiful", "pretty", "nice", "lovely", "simple", "great", "cool", "awesome", "amazing",
    "single", "lone", "whole",
    "real", "fresh", "tasty", "delicious", "yummy", "juicy", "ripe", "shiny", "bright", "colorful", "colourful",
    "modern", "classic",
    "ordinary", "normal", "friendly", "wild", "basic", "minimal", "minimalist", "clean", "sweet", "funny", "good",
    "perfect", "very",
    "really", "gorgeous", "magnificent", "fluffy", "furry", "soft", "round",
  ]
  private static let likeColours = [
    "golden": "yellow", "gold": "yellow", "violet": "purple", "crimson": "red", "scarlet": "red", "navy": "blue",
    "azure": "blue",
    "turquoise": "blue", "cyan": "blue", "teal": "green", "magenta": "pink", "lime": "green", "tan": "brown",
    "beige": "brown",
  ]
  private static let shades: Set = ["light", "dark", "pale", "deep"]

  /// "a wooden chair": a thing with something said before it.
  private func modified(_ core: [String]) -> Found? {
    guard let first = core.first, core.count > 1, var thing = found(Array(core.dropFirst())) else { return nil }
    if things.paints.contains(first) || Self.likeColours[first] != nil {
      guard thing.thing?.isPainted == true else {
        thing.leftOut.append(first)
        return thing
      }
      let colour = Self.likeColours[first] ?? first
      let name = coloured(thing.name.withoutArticle, of: thing)
      thing.name = thing.isNew && !thing.isPlural ? Plural.withArticle("\(colour) \(name)") : "\(colour) \(name)"
      if colour != first { thing.leftOut.append(first) }
    } else if Self.sizes.contains(first) {
      thing.sizes.append(first)
    } else if !Self.vague.contains(first) && !Self.shades.contains(first) {
      thing.leftOut.append(first)
    }
    return thing
  }

  /// A name without the colour that another takes the place of: "red apple" as "apple".
  private func coloured(_ name: String, of found: Found) -> String {
    let words = name.split(separator: " ").map(String.init)
    guard let first = words.first, words.count > 1, things.paints.contains(first) else { return name }
    return words.dropFirst().joined(separator: " ")
  }

  /// The noun to name of words that were never shown.
  private func unknownNoun(_ core: [String]) -> String {
    let end = core.indices.dropFirst().first { isJoint(core[$0]) } ?? core.count
    let words = Array(core[..<end])
    for start in words.indices {
      let noun = words[start...].joined(separator: " ")
      if things.near[noun] != nil || Plural.singular(of: noun).flatMap({ things.near[$0] }) != nil { return noun }
    }
    let telling = words.drop { Self.vague.contains($0) || Self.sizes.contains($0) || things.paints.contains($0) }
    return (telling.isEmpty ? words[...] : telling).suffix(3).joined(separator: " ")
  }
}
