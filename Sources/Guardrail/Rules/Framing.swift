/// What of a text is judged: words for media, styles, quality and courtesies say nothing of what a picture shows, and must not lower
/// what the rest is worth.
extension RuleSet {
  /// A text as it is judged, and what the rules find in it.
  typealias Reading = (text: NormalisedText, terms: FoundTerms)

  /// The text itself, and where it has framing words the text without them: the stricter verdict counts.
  func readings(of whole: NormalisedText) -> [Reading] {
    let found = terms(in: whole)
    let unframed = unframed(whole, found)
    return [(whole, found)] + (unframed.map { [$0] } ?? [])
  }

  /// The text without its framing words; nil where it has none, or nothing else.
  ///
  /// A framing word stays that belongs to a term by which a rule refuses. What contexts excuse in the whole text stays excused.
  private func unframed(_ whole: NormalisedText, _ found: FoundTerms) -> Reading? {
    guard !found.framing.isEmpty else { return nil }
    var isFraming = [Bool](repeating: false, count: whole.words.count)
    for range in found.framing { for word in range { isFraming[word] = true } }
    for hit in found.hits where isAccusing[hit.list] { for word in hit.words { isFraming[word] = false } }
    guard isFraming.contains(true) else { return nil }
    join(found.joining, to: &isFraming, in: whole)
    var text = whole
    text.words = []
    var kept: [Int] = []
    var boundary = NormalisedText.Boundary.none
    for (index, word) in whole.words.enumerated() {
      boundary = max(boundary, word.boundary)
      guard !isFraming[index] else { continue }
      text.words.append(word)
      text.words[text.words.count - 1].boundary = boundary
      kept.append(index)
      boundary = .none
    }
    guard !text.words.isEmpty else { return nil }
    var terms = terms(in: text)
    let excused = Set(found.excused)
    terms.hits.removeAll { hit in
      let isExcused = excused.contains(kept[hit.words.lowerBound]..<kept[hit.words.upperBound - 1] + 1)
      if isExcused { terms.excused.append(hit.words) }
      return isExcused
    }
    return (text, terms)
  }

  /// Words such as "of" and "in the style of" go with framing words on either side of them, and articles with those behind.
  private func join(_ joining: [Range<Int>], to isFraming: inout [Bool], in text: NormalisedText) {
    var isJoining = [Bool](repeating: false, count: isFraming.count)
    for range in joining { for word in range { isJoining[word] = true } }
    // Backwards: "a still from a" before "movie". Across the end of a clause nothing is joined.
    for word in isFraming.indices.dropLast().reversed()
    where isJoining[word] && isFraming[word + 1] && text.words[word + 1].boundary == .none {
      isFraming[word] = true
    }
    // Forwards: "of" behind "an oil painting".
    for word in isFraming.indices.dropFirst()
    where isJoining[word] && isFraming[word - 1] && text.words[word].boundary == .none {
      isFraming[word] = true
    }
  }
}
