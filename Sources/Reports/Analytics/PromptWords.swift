/// The words of a prompt, for counting.
enum PromptWords {
  private static let longest = 40

  /// Words that say nothing of a picture.
  private static let empty: Set<String> = [
    "a", "an", "and", "are", "as", "at", "by", "for", "from", "has", "his", "her", "in", "into", "is", "it", "its",
    "of",
    "on", "or", "that", "the", "their", "this", "to", "with",
  ]

  /// Each word once, in lower case, without numbers and weights: `(Red:1.3) fox, 4k` gives red, fox, 4k.
  static func words(of prompt: String) -> Set<String> {
    var words: Set<String> = []
    let pieces = prompt.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "'" || $0 == "’" || $0 == "-") }
    for piece in pieces {
      let word = String(piece.drop { !$0.isLetter && !$0.isNumber })
      guard word.contains(where: \.isLetter), !empty.contains(word), word.count <= longest else { continue }
      words.insert(word)
    }
    return words
  }
}
