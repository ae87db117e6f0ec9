/// A prompt whose emoji are replaced by what they stand for.
struct EmojiText {
  private(set) var text = ""
  /// Emoji that stand for no thing that is known.
  private(set) var unknown: [String] = []

  init(_ typed: String, _ things: ThingList) {
    var follows = false
    for character in typed {
      guard character.isEmoji else {
        text.append(character)
        if !character.isWhitespace { follows = false }
        continue
      }
      guard let thing = things.thing(emoji: String(character)) else {
        unknown.append(String(character))
        continue
      }
      let before = text.split(separator: " ").last.map { $0.lowercased() }
      if follows {
        text = text.trimmed + " and \(thing.name)"
      } else if let before, ["a", "an", "the"].contains(before) {
        text = text.trimmed + " \(thing.bareName)"
      } else if let before, PromptPhrase.number(before) != nil {
        text = text.trimmed + " \(Plural.plural(of: thing.bareName))"
      } else {
        text += (text.isEmpty || text.hasSuffix(" ") ? "" : " ") + thing.name
      }
      text += " "
      follows = true
    }
    text = text.trimmed
  }
}

extension Character {
  var isEmoji: Bool {
    guard let first = unicodeScalars.first else { return false }
    return first.properties.isEmojiPresentation || first.properties.isEmoji && first.value > 0x238C
      || unicodeScalars.contains { $0.value == 0xFE0F }
  }
}

extension String {
  /// Without blanks around it.
  var trimmed: String { split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ") }
}
