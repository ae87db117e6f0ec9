extension NormalisedText {
  /// Some of the words as a sentence for an encoder: as typed, in small letters, with the stops and commas between them; disguises
  /// are lifted, and what was taken out leaves no gap.
  ///
  /// - Parameters:
  ///   - typed: The text that this one was made of.
  ///   - isForeign: Whether it is in another language than English, whose words are no misspelt English ones.
  func sentence(_ range: Range<Int>, typed: [UInt8], isForeign: Bool) -> String {
    var sentence = ""
    for index in range {
      if index > range.lowerBound {
        let (from, to) = (words[index - 1].typed.upperBound, words[index].typed.lowerBound)
        let between = from < to ? typed[from..<to] : []
        let hasStop = between.contains { Self.stops.contains($0) } || words[index].boundary == .sentence
        sentence += hasStop ? ", " : between.isEmpty ? "" : " "
      }
      sentence += spelling(index, typed: typed, isForeign: isForeign)
    }
    return sentence
  }

  private static let stops = Set(",.;:!?\n".utf8)

  private func spelling(_ index: Int, typed: [UInt8], isForeign: Bool) -> String {
    let word = words[index]
    guard !word.isDisguised || isForeign else { return string(index) }
    let spelling = String(decoding: typed[word.typed], as: UTF8.self).lowercased()
    let isPlain = spelling.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || $0 == "'" || $0 == "’" || ("0"..."9").contains($0)
    }
    return isPlain ? spelling : string(index)
  }
}
