/// Words whose letters were pulled apart or replaced by digits and symbols.
extension WordReader {
  /// The letters that a digit or symbol stands for in "leetspeak", the likelier first.
  static func meanings(_ value: UInt32) -> [UInt32] {
    guard let character = Unicode.Scalar(value) else { return [] }
    let letters =
      switch character {
      case "0": "o"
      case "1", "!", "|": "il"
      case "2": "z"
      case "3": "e"
      case "4", "@", "^": "a"
      case "5", "$", "§": "s"
      case "6": "gb"
      case "7", "+": "t"
      case "8": "b"
      case "9": "g"
      case "(", "<": "c"
      default: ""
      }
    return letters.unicodeScalars.map(\.value)
  }

  private func isMask(_ value: UInt32) -> Bool {
    "*#_-.?%&~=•·█".unicodeScalars.contains { $0.value == value }
  }

  /// Masks that stand for a letter rather than between letters.
  private func isStar(_ value: UInt32) -> Bool { value == 0x2A || value == 0x23 || value == 0x2588 }

  /// Words of two letters that often stand beside words that they could be joined with.
  private static let smallWords = Set(
    [
      "an", "in", "on", "of", "to", "at", "is", "it", "my", "me", "we", "he", "no", "so", "or", "as", "be", "by", "do",
      "go", "if", "up", "us", "am",
    ]
    .map { $0.unicodeScalars.map(\.value) })

  /// A piece of a split word: no word at all, or one too short to trust.
  private func isFragment(_ letters: [UInt32]) -> Bool {
    switch letters.count {
    case 1: letters != [0x61] && letters != [0x69]
    case 2: !Self.smallWords.contains(letters)
    default: kind(of: letters) == .unknown
    }
  }

  // MARK: Letters with blanks or punctuation between them

  /// Reads `n u d e`, `n. u. d. e`: at least three letters in a row that stand alone.
  /// - Returns: where to go on, or nil when nothing was read.
  mutating func readSpacedLetters(from start: Int, firstEnd: Int) -> Int? {
    guard firstEnd - start <= 3 else { return nil }
    var letters: [Int] = []
    var position = start
    while position < scalars.count {
      if scalars[position].kind == .space {
        position += 1
        continue
      }
      let chunk = position..<chunkEnd(position, limit: 4)
      guard chunk.count <= 3, !chunk.isEmpty else { break }
      let standing = chunk.filter { scalars[$0].kind != .symbol }
      guard standing.count <= 1 else { break }
      if let letter = standing.first ?? chunk.first(where: { !Self.meanings(scalars[$0].value).isEmpty }) {
        letters.append(letter)
      } else if letters.isEmpty || chunk.lowerBound - letters[letters.count - 1] > 4 {
        break
      }
      position = chunk.upperBound
    }
    return readSeparated(letters)
  }

  private func chunkEnd(_ start: Int, limit: Int) -> Int {
    var end = start
    while end < scalars.count, end - start < limit, scalars[end].kind != .space, scalars[end].kind != .ideograph {
      end += 1
    }
    return end
  }

  /// Reads `n.u.d.e` inside a chunk: at least three single letters with symbols between them.
  mutating func readPunctuatedLetters(from start: Int, in chunk: Range<Int>) -> Int? {
    var letters: [Int] = []
    var position = start
    while position < chunk.upperBound {
      if scalars[position].kind == .symbol {
        position += 1
        continue
      }
      let isAlone = position + 1 >= chunk.upperBound || scalars[position + 1].kind == .symbol
      guard isAlone else { break }
      letters.append(position)
      position += 1
    }
    return readSeparated(letters)
  }

  /// Emits the words that single letters make when put together, group by group where some gaps are wider than others, and
  /// the letters of groups that make none.
  /// - Returns: the position after the last letter; nil for fewer than three letters.
  private mutating func readSeparated(_ positions: [Int]) -> Int? {
    guard positions.count >= 3, let last = positions.last else { return nil }
    let narrowest = zip(positions.dropFirst(), positions).map { $0 - $1 }.min() ?? 1
    var groups: [[Int]] = [[positions[0]]]
    for (position, previous) in zip(positions.dropFirst(), positions) {
      if position - previous > narrowest {
        groups.append([position])
      } else {
        groups[groups.count - 1].append(position)
      }
    }
    // No gap is narrow enough for three letters: the gaps mean nothing.
    if groups.allSatisfy({ $0.count < 3 }) { groups = [positions] }
    for group in groups {
      let words = group.count >= 3 ? reading(of: group) : []
      for (letters, places) in words {
        emit(letters, from: group[places.lowerBound]..<group[places.upperBound - 1] + 1, isDisguised: true)
      }
      guard words.isEmpty else { continue }
      for position in group where scalars[position].kind != .symbol {
        emit([scalars[position].value], from: position..<position + 1, isDisguised: false)
      }
    }
    return last + 1
  }

  /// The words that the letters at these positions make, each with its places in `group`; none when they make no words.
  private func reading(of group: [Int]) -> [(letters: [UInt32], places: Range<Int>)] {
    // Mostly digits, as in `a:b:0.5`: weights and measures.
    guard group.count(where: { scalars[$0].kind == .letter }) * 2 > group.count else { return [] }
    for choice in 0..<2 {
      let letters = group.map { position -> UInt32 in
        let scalar = scalars[position]
        if scalar.kind == .letter { return scalar.latinTwin == 0 ? scalar.value : UInt32(scalar.latinTwin) }
        let meanings = Self.meanings(scalar.value)
        return meanings.isEmpty ? scalar.value : meanings[min(choice, meanings.count - 1)]
      }
      guard letters.contains(where: { $0 >= 0x61 }) else { return [] }
      if kind(of: letters) != .unknown { return [(letters, letters.indices)] }
      if let shorter = withoutRepeats(letters), normaliser.vocabulary[WordHash(shorter)] == .telling {
        return [(shorter, letters.indices)]
      }
      if let ends = gappedEnds(of: letters) {
        return zip([0] + ends, ends).map { start, end in (Array(letters[start..<end]), start..<end) }
      }
    }
    return []
  }

  /// Reads a word that a blank was typed into: `na ked`. Two or three pieces, one of which is no word.
  mutating func readSplitWord(_ first: Range<Int>) -> Int? {
    guard first.count <= 12, first.allSatisfy({ scalars[$0].kind == .letter && scalars[$0].value < 0x80 }) else {
      return nil
    }
    var joined = first.map { scalars[$0].value }
    var hasNonsense = isFragment(joined)
    var end = first.upperBound
    for _ in 0..<2 {
      guard end + 1 < scalars.count, scalars[end].kind == .space, scalars[end + 1].kind == .letter else { return nil }
      let next = end + 1..<chunkEnd(end + 1, limit: 14)
      let core = next.prefix { scalars[$0].kind == .letter && scalars[$0].value < 0x80 }
      guard !core.isEmpty, core.count <= 12, next[core.upperBound...].allSatisfy({ scalars[$0].kind == .symbol }),
        core.count > 1 || !isAlone(after: core.upperBound)
      else { return nil }
      let piece = core.map { scalars[$0].value }
      // A fragment belongs to what follows where that makes a word of it.
      if !hasNonsense, isFragment(piece), isCompleted(piece, from: core.upperBound) { return nil }
      hasNonsense = hasNonsense || isFragment(piece) || isLikelier(joined + piece, than: joined, and: piece)
      joined += piece
      end = core.upperBound
      guard hasNonsense else { return nil }
      if joined.count >= (first.count == 1 ? 3 : 4), kind(of: joined) != .unknown {
        emit(joined, from: first.lowerBound..<end, isDisguised: true)
        return end
      }
    }
    return nil
  }

  /// By how much two words together are rarer than the one that they make, at least, before they are taken for it.
  private static let twoWordsRarity = 9

  /// Whether a piece and the letters behind the next blank make a word.
  private func isCompleted(_ piece: [UInt32], from end: Int) -> Bool {
    guard end + 1 < scalars.count, scalars[end].kind == .space, scalars[end + 1].kind == .letter else { return false }
    let next = (end + 1..<chunkEnd(end + 1, limit: 14)).prefix { scalars[$0].kind == .letter }
    let whole = piece + next.map { scalars[$0].value }
    return whole.count >= 4 && kind(of: whole) != .unknown
  }

  /// Whether one word is used so much more than its two parts that a blank in it explains them better.
  private func isLikelier(_ whole: [UInt32], than first: [UInt32], and second: [UInt32]) -> Bool {
    guard first.count >= 3, second.count >= 3, let whole = normaliser.vocabulary.entry(WordHash(whole)),
      let first = normaliser.vocabulary.entry(WordHash(first)),
      let second = normaliser.vocabulary.entry(WordHash(second))
    else { return false }
    return whole.rarity + Self.twoWordsRarity < first.rarity + second.rarity
  }

  /// Whether a letter that stands alone comes next: letters with blanks between them are one word, not parts of two.
  private func isAlone(after end: Int) -> Bool {
    end + 1 < scalars.count && scalars[end].kind == .space && scalars[end + 1].kind == .letter
      && (end + 2 == scalars.count || scalars[end + 2].kind != .letter)
  }

  // MARK: Digits and symbols in place of letters

  /// Reads a chunk such as `n4ked`, `$ign`, `kn.ife` or `s*n` as the word that it stands for.
  mutating func readDisguised(_ chunk: Range<Int>) -> Bool {
    var letters = 0
    var digits = 0
    var core = chunk
    for position in chunk {
      switch scalars[position].kind {
      case .letter: letters += 1
      case .digit: digits += 1
      default: break
      }
    }
    guard letters > 0 else { return false }
    // Weights of a prompt, as in `a:b:0.5`.
    if digits >= letters, chunk.contains(where: { scalars[$0].value == 0x3A }) { return false }
    // Closing and opening punctuation first as part of the word, then not.
    let inner = trimmed(chunk)
    if inner.allSatisfy({ scalars[$0].kind == .letter }), kind(of: inner.map { scalars[$0].value }) != .unknown {
      readWord(inner)
      return true
    }
    for candidate in inner == chunk ? [inner] : [chunk, inner] {
      core = candidate
      guard let meant = reading(ofDisguised: core, letters: letters, digits: digits) else { continue }
      emit(meant, from: core, isDisguised: true)
      return true
    }
    // Each side of a hyphen, slash, comma or stop by itself.
    guard let joint = chunk.first(where: { isJoint($0, in: chunk) }) else { return false }
    for part in [chunk.lowerBound..<joint, joint + 1..<chunk.upperBound] where !readDisguised(part) {
      readParts(of: part)
    }
    return true
  }

  private func isJoint(_ position: Int, in chunk: Range<Int>) -> Bool {
    // Between single letters it is part of a disguise.
    guard position > chunk.lowerBound + 1, position + 2 < chunk.upperBound, scalars[position - 2].kind != .symbol,
      scalars[position + 2].kind != .symbol
    else { return false }
    return "-/,.;:".unicodeScalars.contains { $0.value == scalars[position].value }
  }

  private func trimmed(_ chunk: Range<Int>) -> Range<Int> {
    var start = chunk.lowerBound
    var end = chunk.upperBound
    while start < end, scalars[start].kind == .symbol { start += 1 }
    while end > start, scalars[end - 1].kind == .symbol { end -= 1 }
    return start..<end
  }

  private func reading(ofDisguised chunk: Range<Int>, letters: Int, digits: Int) -> [UInt32]? {
    let hasStar = chunk.contains { isStar(scalars[$0].value) }
    let meanings = chunk.map { position -> [UInt32] in
      let scalar = scalars[position]
      guard scalar.kind != .letter else { return [scalar.latinTwin == 0 ? scalar.value : UInt32(scalar.latinTwin)] }
      return Self.meanings(scalar.value)
    }
    if hasStar, let word = unmasked(chunk, meanings: meanings, isSure: true) { return word }
    // Words with a hyphen or stop between them, all of which exist, are what they seem.
    if digits == 0, partsAreWords(chunk) { return nil }
    let ambiguous = meanings.indices.filter { meanings[$0].count == 2 }.prefix(3)
    var leadingDigits = 0
    while leadingDigits < chunk.count, scalars[chunk.lowerBound + leadingDigits].kind == .digit { leadingDigits += 1 }
    for choice in 0..<(1 << ambiguous.count) {
      var candidate: [UInt32] = []
      for (position, options) in meanings.enumerated() where !options.isEmpty {
        let bit = ambiguous.firstIndex(of: position)
        candidate.append(options[bit.map { choice >> $0 & 1 } ?? 0])
      }
      let isLong = candidate.count >= 5
      let isCandid =
        digits <= 4 * letters && (leadingDigits < 2 || isLong) && (letters >= 2 || isLong)
        && (candidate.count > 3 || leadingDigits == 0)
      if isMeant(candidate, allowCommon: isCandid) { return candidate }
      if let shorter = withoutRepeats(candidate), isMeant(shorter, allowCommon: isCandid) { return shorter }
    }
    return unmasked(chunk, meanings: meanings, isSure: false)
  }

  private func isMeant(_ candidate: [UInt32], allowCommon: Bool) -> Bool {
    switch kind(of: candidate) {
    case .telling: candidate.count >= 3
    case .frequent, .everyday: candidate.count >= 3
    case .common: allowCommon && candidate.count >= 3
    case .unknown: false
    }
  }

  private func partsAreWords(_ chunk: Range<Int>) -> Bool {
    var start = chunk.lowerBound
    for position in chunk.lowerBound...chunk.upperBound {
      guard position == chunk.upperBound || scalars[position].kind == .symbol else { continue }
      if position > start {
        let part = (start..<position).map { scalars[$0].value }
        if part.count < 3 || kind(of: part) == .unknown { return false }
      }
      start = position + 1
    }
    return true
  }

  /// How rare telling words of so many letters are at most where a letter is masked.
  private static let disguisedRarity = [0, 0, 0, 14, -1, 18]

  /// The word that has some letter where the chunk has a mask: one or two masks, at least three letters in all.
  ///
  /// The most used word that fits, telling words being masked more often than others.
  /// - Parameter isSure: the masks can hardly be anything else.
  private func unmasked(_ chunk: Range<Int>, meanings: [[UInt32]], isSure: Bool) -> [UInt32]? {
    var candidate: [UInt32] = []
    var masks: [Int] = []
    // Closing punctuation is no mask.
    let end = chunk.last { scalars[$0].kind != .symbol || isStar(scalars[$0].value) }.map { $0 + 1 } ?? chunk.upperBound
    for (offset, position) in (chunk.lowerBound..<end).enumerated() {
      if let letter = meanings[offset].first {
        candidate.append(letter)
      } else if isMask(scalars[position].value) {
        masks.append(candidate.count)
        candidate.append(0)
      }
    }
    guard (1...2).contains(masks.count), candidate.count >= 3, masks[0] > 0 else { return nil }
    var best: (word: [UInt32], rarity: Int)?
    var inflected: [UInt32]?
    let letters = UInt32(0x61)...0x7A
    for first in letters {
      candidate[masks[0]] = first
      for second in masks.count == 2 ? letters : 0x61...0x61 {
        if masks.count == 2 { candidate[masks[1]] = second }
        if let found = normaliser.vocabulary.entry(WordHash(candidate)) {
          guard found.kind != .common || candidate.count > 3 || isSure else { continue }
          let rarity =
            found.kind == .telling ? min(found.rarity, Self.disguisedRarity[min(candidate.count, 5)]) : found.rarity
          if rarity < best?.rarity ?? .max { best = (candidate, rarity) }
        } else if masks.count == 1, inflected == nil, kind(of: candidate) != .unknown {
          inflected = candidate
        }
      }
    }
    return best?.word ?? (candidate.count > 3 ? inflected : nil)
  }
}
