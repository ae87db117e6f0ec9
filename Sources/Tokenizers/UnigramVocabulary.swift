/// The pieces of a unigram tokenizer (Kudo 2018; SentencePiece's `unigram`) with their scores, sorted by their bytes, and what its
/// normaliser makes of single characters.
package struct UnigramVocabulary: Sendable {
  /// A piece's number, and the logarithm of its probability.
  struct Piece: Sendable {
    let id: Int32
    let score: Float
  }

  /// All pieces' UTF-8, one after another.
  private let bytes: [UInt8]
  /// Where each begins in `bytes`, and the end of the last.
  private let starts: [UInt32]
  private let ids: [UInt32]
  private let scores: [Float]
  /// The characters that the normaliser replaces, ascending, and where their replacements begin in `replacements`.
  private let replaced: [UInt32]
  private let replacementStarts: [UInt32]
  private let replacements: [UInt32]
  /// Bytes of the longest piece.
  let longestPiece: Int
  /// What a character costs that no piece covers.
  let unknownScore: Float
  /// The tokens before and after a text, and for what no piece covers.
  package let begin: Int32
  package let end: Int32
  package let unknown: Int32

  /// The file format, little-endian throughout:
  /// - 8 bytes `LIMNUNI1`
  /// - UInt32: pieces, bytes of the longest, bytes of all, characters replaced, characters in their place, numbers of the tokens
  ///   that begin and end a text and that stand for what is unknown
  /// - Float32: the lowest score
  /// - UInt32 [pieces + 1], UInt32 [pieces], Float32 [pieces]: places in the bytes, numbers, scores
  /// - UInt32 [replaced], UInt32 [replaced + 1], UInt32: characters, places of their replacements, replacements
  /// - the bytes of the pieces in ascending order
  private static let magic = Array("LIMNUNI1".utf8)

  /// - Parameter file: The file's name, for errors.
  /// - Throws: `TokenizerError.damaged` for any file that does not keep to the format to the last byte.
  package init(_ contents: [UInt8], file: String) throws(TokenizerError) {
    guard contents.count >= 44, contents.starts(with: Self.magic) else {
      throw .damaged(file: file, problem: "it does not begin with “LIMNUNI1”.")
    }
    var place = 8
    func word(_ place: Int) -> UInt32 {
      // Any bytes are a number; the span checks the bounds.
      unsafe UInt32(littleEndian: contents.span.bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt32.self))
    }
    func words(_ count: Int) -> [UInt32] {
      defer { place += 4 * count }
      return (0..<count).map { word(place + 4 * $0) }
    }
    let head = words(8).map(Int.init)
    let (pieces, longest, length, replaced, outputs) = (head[0], head[1], head[2], head[3], head[4])
    let expected = 44 + 4 * (3 * pieces + 1) + 4 * (2 * replaced + 1 + outputs) + length
    guard contents.count == expected else {
      throw .damaged(file: file, problem: "it has \(contents.count) bytes; its header promises \(expected).")
    }
    unknownScore = Float(bitPattern: words(1)[0]) - 10
    starts = words(pieces + 1)
    ids = words(pieces)
    scores = words(pieces).map(Float.init(bitPattern:))
    self.replaced = words(replaced)
    replacementStarts = words(replaced + 1)
    replacements = words(outputs)
    bytes = Array(contents[place...])
    longestPiece = longest
    (begin, end, unknown) = (
      Int32(truncatingIfNeeded: head[5]), Int32(truncatingIfNeeded: head[6]), Int32(truncatingIfNeeded: head[7])
    )
    guard Self.ascends(starts, to: length), Self.ascends(replacementStarts, to: outputs), longest <= 1024,
      (ids + [UInt32(head[5]), UInt32(head[6]), UInt32(head[7])]).allSatisfy({ $0 < 1 << 24 })
    else { throw .damaged(file: file, problem: "its tables do not fit each other.") }
    guard unknownScore.isFinite, scores.allSatisfy(\.isFinite) else {
      throw .damaged(file: file, problem: "it holds scores that are not finite.")
    }
  }

  private static func ascends(_ places: [UInt32], to end: Int) -> Bool {
    places.first == 0 && places.last.map(Int.init) == end && zip(places, places.dropFirst()).allSatisfy { $0 <= $1 }
  }

  /// One more than the largest number of a token.
  package var count: Int { Int(ids.max() ?? 0) + 1 }

  /// What the normaliser makes of a character; nil where that is itself.
  func replacement(of scalar: UInt32) -> ArraySlice<UInt32>? {
    let place = firstIndex(in: 0..<replaced.count) { replaced[$0] >= scalar }
    guard place < replaced.count, replaced[place] == scalar else { return nil }
    return replacements[Int(replacementStarts[place])..<Int(replacementStarts[place + 1])]
  }

  /// Calls `body` with the length and the piece of each piece that `text` has at `start`, shortest first.
  func forEachPiece(of text: ArraySlice<UInt8>, _ body: (Int, Piece) -> Void) {
    var range = 0..<ids.count
    for (depth, byte) in text.prefix(longestPiece).enumerated() {
      // Of the pieces that share what was read so far, those that go on with this byte; a shorter piece comes first.
      let low = firstIndex(in: range) { (self.byte(depth, of: $0) ?? -1) >= Int(byte) }
      let high = firstIndex(in: low..<range.upperBound) { (self.byte(depth, of: $0) ?? -1) > Int(byte) }
      range = low..<high
      guard let first = range.first else { return }
      if Int(starts[first + 1] - starts[first]) == depth + 1 {
        body(depth + 1, Piece(id: Int32(ids[first]), score: scores[first]))
      }
    }
  }

  private func byte(_ depth: Int, of piece: Int) -> Int? {
    let place = Int(starts[piece]) + depth
    return place < Int(starts[piece + 1]) ? Int(bytes[place]) : nil
  }

  /// The first place of a range where something holds that holds from there on; the range's end where it never does.
  private func firstIndex(in range: Range<Int>, where holds: (Int) -> Bool) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
