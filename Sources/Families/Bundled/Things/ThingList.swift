import Checkpoints
import JSON
import Synchronization
import System

/// A list of things that is read when first asked for.
package final class ThingListPart: Sendable {
  private let path: String
  private let list = Mutex<ThingList?>(nil)

  init(path: String) { self.path = path }

  /// - Throws: A sentence where the file is missing or damaged.
  package func loaded() throws -> ThingList {
    try list.withLock { list in
      if let list { return list }
      let loaded = try ThingList(path: path)
      list = loaded
      return loaded
    }
  }
}

/// What a model was taught, and other words for it: `things.json` beside the model.
package struct ThingList: Sendable {
  /// In the order of Unicode.
  package let things: [Thing]
  /// Words that mean a thing: "coffee", "a cup of coffee".
  let same: [String: String]
  /// Words for what was never shown, with what is painted instead.
  let instead: [String: String]
  /// Words for what was never shown, with names of things that are near it.
  let near: [String: [String]]
  /// Words for what is never painted, with the reason.
  let refused: [String: String]
  /// Places that the model paints around a thing, with ways of asking for them: "in the snow".
  let places: [String: [String]]
  /// Other ways of asking for a place, with one that the model was taught.
  let samePlaces: [String: String]
  /// Names of many things that were shown as a typical one: "apple".
  let typical: Set<String>
  /// Colours that things can be painted in.
  let paints: Set<String>
  /// Places in ``things`` by what things are called, without articles.
  private let byName: [String: [Int]]
  private let byEmoji: [String: Int]

  /// - Throws: ``UserError/input(_:)`` where it is not as `weights/training/things.py` writes it.
  package init(path: String) throws {
    try self.init(JSONValue(contentsOf: path), origin: path)
  }

  init(_ value: JSONValue, origin: String) throws {
    func require<Value>(_ found: Value?, _ what: String) throws -> Value {
      guard let found else { throw UserError.input("\(origin): `\(what)` is missing, or not as expected.") }
      return found
    }
    func lists(_ what: String) throws -> [String: [String]] {
      try require(value[what]?.object, what).mapValues { try require($0.strings, what) }
    }
    func texts(_ what: String) throws -> [String: String] {
      try require(value[what]?.object, what).mapValues { try require($0.string, what) }
    }
    things = try require(value["things"]?.array, "things").map { try require(Thing($0), "things") }
    same = try texts("same")
    instead = try texts("instead")
    near = try lists("near")
    refused = try texts("refused")
    places = try lists("places")
    samePlaces = try texts("samePlaces")
    typical = Set(try require(value["typical"]?.strings, "typical"))
    paints = Set(try require(value["paints"]?.strings, "paints"))
    var byName: [String: [Int]] = [:]
    for (index, thing) in things.enumerated() {
      for name in [thing.bareName] + thing.names { byName[name, default: []].append(index) }
    }
    self.byName = byName
    byEmoji = Dictionary(things.enumerated().map { ($1.emoji.plainEmoji, $0) }) { first, _ in first }
  }

  /// The first of the things that are called so.
  ///
  /// - Parameter name: In lower case, without an article.
  package func thing(named name: String) -> Thing? {
    guard let indices = byName[name] else { return nil }
    return (indices.first { things[$0].bareName == name } ?? indices.first).map { things[$0] }
  }

  /// A place as the model was taught to paint it; nil where the words name none.
  func place(_ phrase: String) -> String? {
    places.values.contains { $0.contains(phrase) } ? phrase : samePlaces[phrase]
  }

  /// Whether one thing alone is called so.
  func isOne(_ name: String) -> Bool { byName[name]?.count == 1 }

  /// Whether the words are a thing's own name, of three words or more.
  func isName(_ words: String) -> Bool {
    let name = words.withoutArticle
    return name.split(separator: " ").count >= 3 && thing(named: name)?.bareName == name
  }

  func isKnown(_ name: String) -> Bool { byName[name] != nil }

  package func thing(emoji: String) -> Thing? { byEmoji[emoji.plainEmoji].map { things[$0] } }

  /// The thing that the last words of a phrase name.
  private func thing(endingIn words: [String]) -> Thing? {
    words.indices.lazy.compactMap { self.thing(named: words[$0...].joined(separator: " ")) }.first
  }

  /// Whether the thing of a phrase is hard to tell from white paper.
  func isPale(_ phrase: String) -> Bool {
    thing(endingIn: phrase.split(separator: " ").map(String.init))?.isPale ?? false
  }

  /// The plain background on which things are painted that are to be cut out: one whose colour none of them has.
  func ground(of phrases: [String]) -> String? {
    let grounds = phrases.map { phrase in
      let words = phrase.split(separator: " ").map(String.init)
      return (thing(endingIn: words)?.grounds ?? []).filter { !words.contains($0) }
    }
    guard let first = grounds.first(where: { !$0.contains("white") }) ?? grounds.first else { return nil }
    return first.first { ground in grounds.allSatisfy { $0.contains(ground) || $0.isEmpty } } ?? first.first
  }

  /// Things that have to do with a word, the nearest first: by their names, then by words in them, then by keywords.
  package func things(about word: String) -> [Thing] {
    let word = word.lowercased().withoutArticle
    if let thing = thing(emoji: word) { return [thing] }
    let meant = (same[word] ?? instead[word]).flatMap { thing(named: $0.lowercased().withoutArticle) }
    let forms = [word, Plural.singular(of: word)].compactMap(\.self)
    func has(_ words: [String]) -> Bool { forms.contains { form in words.contains(form) } }
    let ranked = things.compactMap { thing -> (rank: Int, thing: Thing)? in
      let own = [thing.bareName] + thing.names
      if thing.name == meant?.name { return (0, thing) }
      if forms.contains(thing.bareName) { return (1, thing) }
      if has(own) { return (2, thing) }
      if own.contains(where: { has($0.split(separator: " ").map(String.init)) }) { return (3, thing) }
      return has(thing.keywords) || forms.contains(where: thing.group.split(separator: "-").map(String.init).contains)
        ? (4, thing) : nil
    }
    let found = ranked.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
    if !found.isEmpty { return found.map(\.element.thing) }
    return (near[word] ?? []).compactMap { thing(named: $0.lowercased().withoutArticle) }
  }

  /// Names of things that are near a word for something that was never shown; empty where none are known to be.
  func near(_ word: String) -> [String] {
    if let names = near[word] ?? Plural.singular(of: word).flatMap({ near[$0] }) { return names }
    if let thing = misspelt(word) { return [thing.name] }
    let byKeyword = things.filter { $0.keywords.contains(word) && !$0.group.hasPrefix("person") }
    return byKeyword.prefix(3).map(\.name)
  }

  /// The thing whose name of one word differs from this one by a letter.
  private func misspelt(_ word: String) -> Thing? {
    guard word.count >= 4 else { return nil }
    return things.first { thing in
      ([thing.bareName] + thing.names).contains { abs($0.count - word.count) <= 1 && $0.isOneEdit(from: word) }
    }
  }
}

extension String {
  /// An emoji without what says only how it is shown, and in which skin tone.
  var plainEmoji: String {
    String(
      String.UnicodeScalarView(unicodeScalars.filter { $0.value != 0xFE0F && !(0x1F3FB...0x1F3FF).contains($0.value) }))
  }

  /// Whether one letter more, fewer or other, or two swapped, make this the other word.
  fileprivate func isOneEdit(from other: String) -> Bool {
    let (a, b) = (Array(self), Array(other))
    let start = zip(a, b).prefix { $0 == $1 }.count
    let end = zip(a.dropFirst(start).reversed(), b.dropFirst(start).reversed()).prefix { $0 == $1 }.count
    let (left, right) = (a[start..<(a.count - end)], b[start..<(b.count - end)])
    if left.count <= 1 && right.count <= 1 { return left.count + right.count > 0 }
    return left.count == 2 && right.count == 2 && left.first == right.last && left.last == right.first
  }
}
