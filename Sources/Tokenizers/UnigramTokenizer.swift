/// XLM-R's tokenizer and its kind (SentencePiece's `unigram`; Kudo 2018): of all ways to cut a text into pieces, the likeliest.
///
/// Characters are replaced one by one as the normaliser says, runs of spaces become one, and `▁` stands for a space and for the
/// beginning of the text. A text of no pieces but unknown characters is cut into these.
package struct UnigramTokenizer: Sendable {
  package let vocabulary: UnigramVocabulary

  package init(_ vocabulary: UnigramVocabulary) { self.vocabulary = vocabulary }

  private static let space: UInt32 = 0x20
  private static let mark: UInt32 = 0x2581

  /// The numbers of a text's pieces between those that begin and end a text.
  ///
  /// - Parameter limit: At most so many numbers: of a longer text the first pieces are kept.
  package func encode(_ text: String, limit: Int = .max) -> [Int32] {
    [vocabulary.begin] + pieces(of: text).prefix(max(0, limit - 2)) + [vocabulary.end]
  }

  /// The likeliest pieces (Viterbi 1967), without begin and end.
  func pieces(of text: String) -> [Int32] {
    let (bytes, isStart) = marked(text)
    // For each place between characters: the best score of a way there, the piece that it ends with, and where that begins.
    var best = [Float](repeating: -.infinity, count: bytes.count + 1)
    var last = [Int32](repeating: vocabulary.unknown, count: bytes.count + 1)
    var from = [Int](repeating: 0, count: bytes.count + 1)
    best[0] = 0
    for start in bytes.indices where isStart[start] && best[start] > -.infinity {
      vocabulary.forEachPiece(of: bytes[start...]) { length, piece in
        let end = start + length
        guard isStart[end], best[start] + piece.score > best[end] else { return }
        (best[end], last[end], from[end]) = (best[start] + piece.score, piece.id, start)
      }
      var next = start + 1
      while !isStart[next] { next += 1 }
      if best[start] + vocabulary.unknownScore > best[next] {
        (best[next], last[next], from[next]) = (best[start] + vocabulary.unknownScore, vocabulary.unknown, start)
      }
    }
    var pieces: [Int32] = []
    var place = bytes.count
    while place > 0 {
      pieces.append(last[place])
      place = from[place]
    }
    return pieces.reversed()
  }

  /// The normalised text's UTF-8 with marks for spaces, and for each byte and the end whether a character begins there.
  private func marked(_ text: String) -> (bytes: [UInt8], isStart: [Bool]) {
    var bytes: [UInt8] = []
    var isStart: [Bool] = []
    var afterSpace = false
    func append(_ value: UInt32) {
      let isSpace = value == Self.space
      defer { afterSpace = isSpace }
      guard !isSpace || !afterSpace, let scalar = Unicode.Scalar(isSpace ? Self.mark : value) else { return }
      for (index, byte) in String(scalar).utf8.enumerated() {
        bytes.append(byte)
        isStart.append(index == 0)
      }
    }
    append(Self.space)  // It swallows one that the text begins with.
    for scalar in text.unicodeScalars {
      if let replacement = vocabulary.replacement(of: scalar.value) {
        for value in replacement { append(value) }
      } else {
        append(scalar.value)
      }
    }
    return (bytes, isStart + [true])
  }
}
