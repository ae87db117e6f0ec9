import System

/// A line that is being typed, with a place in it; keys as in Emacs, which shells have too.
package struct LineBuffer: Equatable, Sendable {
  private(set) var characters: [Character] = []
  /// Before which character the next one goes.
  private(set) var cursor = 0
  /// What was cut out last.
  private var cut: [Character] = []
  /// No prompt is longer, in bytes.
  private static let longest = 1 << 20

  package init(_ text: String = "") { replace(by: text) }

  package var text: String { String(characters) }
  package var isEmpty: Bool { characters.isEmpty }

  package mutating func replace(by text: String) {
    characters = Array(text)
    cursor = characters.count
  }

  /// Takes a key that changes the line or the place in it.
  /// - Returns: Whether it is one.
  package mutating func take(_ key: Key) -> Bool {
    switch key {
    case .character(let character): insert(String(character))
    case .pasted(let text): insert(text.trimmingSuffix { $0.isNewline })
    case .left, .control("b"): cursor = max(0, cursor - 1)
    case .right, .control("f"): cursor = min(characters.count, cursor + 1)
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = characters.count
    case .wordLeft, .alt("b"): cursor = wordStart
    case .wordRight, .alt("f"): cursor = wordEnd
    case .backspace: if cursor > 0 { remove(cursor - 1..<cursor) }
    case .delete, .control("d"): if cursor < characters.count { remove(cursor..<cursor + 1) }
    case .control("k"): cutOut(cursor..<characters.count)
    case .control("u"): cutOut(0..<cursor)
    case .control("w"): cutOut(wordStart..<cursor)
    case .alt("d"): cutOut(cursor..<wordEnd)
    case .control("y"): insert(String(cut))
    default: return false
    }
    return true
  }

  /// Puts text in at the cursor: line ends and tabs as blanks, without what steers a terminal.
  private mutating func insert(_ text: String) {
    let harmless = text.harmlessLine.filter { $0 != "\u{FFFD}" }
    guard self.text.utf8.count + harmless.utf8.count <= Self.longest else { return }
    // What is typed may go together with its neighbours: an accent, a flag's second half.
    let before = String(characters[..<cursor]) + harmless
    let after = String(characters[cursor...])
    characters = Array(before + after)
    cursor = min(characters.count, before.count)
  }

  private mutating func remove(_ range: Range<Int>) {
    characters.removeSubrange(range)
    cursor = range.lowerBound
  }

  private mutating func cutOut(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    cut = Array(characters[range])
    remove(range)
  }

  private var wordStart: Int {
    var place = cursor
    while place > 0, characters[place - 1] == " " { place -= 1 }
    while place > 0, characters[place - 1] != " " { place -= 1 }
    return place
  }

  private var wordEnd: Int {
    var place = cursor
    while place < characters.count, characters[place] == " " { place += 1 }
    while place < characters.count, characters[place] != " " { place += 1 }
    return place
  }

  /// What fits into so many columns, with the column of the cursor; a mark stands for what does not.
  package func window(columns: Int) -> (text: String, cursor: Int) {
    let widths = characters.map(\.columns)
    var start = 0
    // Room for the cursor behind the last character, and for the marks.
    while widths[start..<cursor].reduce(0, +) + (start > 0 ? 1 : 0) > max(1, columns - 2), start < cursor { start += 1 }
    var end = start
    var width = start > 0 ? 1 : 0
    while end < characters.count, width + widths[end] <= max(1, columns - 2) {
      width += widths[end]
      end += 1
    }
    let text = (start > 0 ? "‹" : "") + String(characters[start..<end]) + (end < characters.count ? "›" : "")
    return (text, (start > 0 ? 1 : 0) + widths[start..<cursor].reduce(0, +))
  }
}

extension Character {
  /// How many columns of a terminal it takes: two where it is a picture or East Asian and wide (UAX #11), one otherwise.
  package var columns: Int {
    unicodeScalars.contains {
      switch $0.value {
      case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F000...0x1FAFF, 0x20000...0x3FFFD:
        true
      // What asks for the picture rather than the letter.
      case 0xFE0F: true
      default: $0.properties.isEmojiPresentation
      }
    } ? 2 : 1
  }
}

extension String {
  fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> String {
    var text = self
    while let last = text.last, isTrimmed(last) { text.removeLast() }
    return text
  }
}
