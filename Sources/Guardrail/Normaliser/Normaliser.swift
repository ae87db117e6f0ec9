/// Reads a text as its author meant it to be read: through ornamented letters, look-alikes, invisible and combining
/// characters, digits for letters, letters that are spaced, punctuated, repeated, swapped or left out.
///
/// A word that exists is left as it is; a disguise is lifted only where a word of the vocabulary appears under it, so that
/// `mp3`, `x-ray` or a rare name stay themselves. Linear in the length of the text.
package struct Normaliser: Sendable {
  let folding = Folding()
  var vocabulary: Vocabulary
  /// Unknown words are looked at for a letter left out of a telling one. Without everyday words at hand, every rare word would
  /// pass for such a one.
  let knowsEverydayWords: Bool

  /// - Parameters:
  ///   - tellingWords: words worth disguising, folded to small letters.
  ///   - commonWords: other words that exist.
  package init(tellingWords: [String], commonWords: [String] = []) {
    var vocabulary = Vocabulary()
    for word in commonWords { vocabulary.insert(WordHash(word), .common) }
    self.init(vocabulary: vocabulary, tellingWords: tellingWords.map { WordHash($0) })
  }

  init(vocabulary: Vocabulary, tellingWords: some Sequence<WordHash>) {
    self.vocabulary = vocabulary
    knowsEverydayWords = vocabulary.count > 0
    for word in tellingWords { self.vocabulary.insert(word, .telling) }
  }

  package func callAsFunction(_ text: String) -> NormalisedText {
    var reader = WordReader(text: FoldedText(text, folding: folding), normaliser: self)
    return reader.read()
  }

  /// A single word or phrase of a rule file, folded as texts are, without reading anything into it.
  func fold(_ term: String) -> [[UInt32]] {
    var words: [[UInt32]] = []
    var inWord = false
    for scalar in FoldedText(term, folding: folding).scalars {
      switch scalar.kind {
      case .ideograph:
        words.append([scalar.value])
        inWord = false
      case .letter, .digit:
        if inWord { words[words.count - 1].append(scalar.value) } else { words.append([scalar.value]) }
        inWord = true
      case .space, .symbol:
        if scalar.value != 0x27 { inWord = false }
      }
    }
    return words
  }
}
