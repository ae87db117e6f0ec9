import System

/// Says a prompt in the words that a model of single things was taught, and what of it the model cannot paint.
struct PromptReader: Sendable {
  let things: ThingList
  /// Names of plain backgrounds.
  let backgrounds: Set<String>

  /// - Parameter typed: Without the marks that end a sentence.
  /// - Throws: ``UserError/request(_:)`` where the prompt asks for what is never painted.
  func wording(of typed: String) throws(UserError) -> Wording {
    let emoji = EmojiText(typed, things)
    let hasEmoji = typed.contains(where: \.isEmoji)
    let text = hasEmoji ? emoji.text : typed
    let lower = text.lowercased()
    let words = lower.split { !$0.isLetter && !$0.isNumber && $0 != "'" && $0 != "-" }
    let padded = " \(words.joined(separator: " ")) "
    for (word, reason) in things.refused where padded.contains(" \(word) ") { throw .request(reason) }

    var wording = Wording(text)
    if !emoji.unknown.isEmpty {
      wording.shortfalls.append("The bundled model does not know \(emoji.unknown.joined(separator: " ")).")
    }
    guard Language.isEnglish(words, isKnown: { things.isKnown($0) }) else {
      wording.shortfalls.append("The bundled model reads English only, and this prompt does not look like English.")
      return wording
    }
    guard !words.isEmpty else { return wording }
    let frame = PromptFrame(lower, things: things, backgrounds: backgrounds)
    let readings = parts(frame.words)
    let pieces = readings.compactMap { if case .thing(let noun) = $0 { noun } else { nil } }
    let joined = joined(readings, isInPlace: frame.place != nil)
    let hasChanged = frame.hasChanged || joined != frame.words.joined(separator: " ")
    if hasChanged, !joined.isEmpty { wording.text = frame.around(joined) }
    wording.shortfalls += shortfalls(pieces, leftOut: frame.leftOut)
    return wording
  }

  // MARK: Parts

  /// A thing, or what stands between two.
  private enum Part {
    case thing(NounReading)
    case separator(String)
  }

  /// Words between separators; a phrase that is a thing's name as it stands has none.
  private func parts(_ words: [String]) -> [Part] {
    guard !words.isEmpty else { return [] }
    let nouns = NounReader(things: things)
    if nouns.isExact(words) { return [.thing(nouns.read(words))] }
    for relation in PromptPhrase.relations {
      let length = relation.words.count
      guard words.count > length + 1,
        let place = (1..<words.count - length).first(where: { Array(words[$0..<$0 + length]) == relation.words })
      else { continue }
      return parts(Array(words[..<place])) + [.separator(relation.words.joined(separator: " "))]
        + parts(Array(words[(place + length)...]))
    }
    for (index, word) in words.enumerated() where index > 0 && index + 1 < words.count {
      let isAnd = ["and", "&", "plus"].contains(word)
      guard word == "," || isAnd else { continue }
      // "black and white" is one.
      if isAnd, things.paints.contains(words[index - 1]), things.paints.contains(words[index + 1]) { continue }
      let next = word == "," && words[index + 1] == "and" ? index + 2 : index + 1
      guard next < words.count else { break }
      return parts(Array(words[..<index])) + [.separator(word == "," ? "," : "and")] + parts(Array(words[next...]))
    }
    return [.thing(nouns.read(words.filter { $0 != "," }))]
  }

  private func joined(_ parts: [Part], isInPlace: Bool) -> String {
    let isOne = parts.count == 1
    var text = ""
    for part in parts {
      switch part {
      case .thing(let noun):
        let own = isOne && noun.extras.isEmpty && !isInPlace ? noun.text : noun.counted
        text += (text.isEmpty ? "" : " ") + ([own] + noun.extras).joined(separator: " and ")
      case .separator(","): text += ","
      case .separator(let words): text += " \(words)"
      }
    }
    return text
  }

  // MARK: Sentences

  private func shortfalls(_ nouns: [NounReading], leftOut: [String]) -> [String] {
    var sentences: [String] = []
    for noun in nouns.flatMap(\.unknown) {
      let near = things.near(noun)
      let advice =
        near.isEmpty ? "`limn things` lists what it paints" : "near it: \(near.prefix(4).joined(separator: ", "))"
      sentences.append("The bundled model has never seen \(counted(noun, near)); \(advice).")
    }
    for noun in nouns where !noun.replaced.isEmpty {
      let unseen = noun.replaced.map { counted($0, []) }.joined(separator: " or ")
      let painted = ([noun.text] + noun.extras).joined(separator: " and ")
      sentences.append("The bundled model has never seen \(unseen): it paints \(painted) instead.")
    }
    var dropped = nouns.flatMap(\.leftOut) + leftOut
    if nouns.count > 1 { dropped += nouns.flatMap(\.sizes) }
    let painted = nouns.flatMap { $0.unknown.isEmpty ? [$0.text] + $0.extras : [] }
    // "with fries" is not left out where fries are painted too, nor a colour that was said behind its thing.
    let shown = Set(painted.flatMap { $0.split(separator: " ") }).union(["with", "a", "an", "the", "some"])
    dropped.removeAll { $0.split(separator: " ").allSatisfy(shown.contains) }
    if !dropped.isEmpty {
      let quoted = dropped.map { "\"\($0)\"" }.joined(separator: ", ")
      let what = painted.isEmpty ? "" : ": it paints \(painted.joined(separator: " and "))"
      sentences.append("The bundled model leaves out \(quoted)\(what).")
    }
    return sentences
  }

  /// With an article where it is a single thing, and nobody's name.
  private func counted(_ noun: String, _ near: [String]) -> String {
    let isPlural = Plural.singular(of: noun.split(separator: " ").last.map(String.init) ?? noun) != nil
    return isPlural || near.first == "a man" ? noun : Plural.withArticle(noun)
  }
}
