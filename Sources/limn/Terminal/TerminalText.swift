import Foundation

/// Text in cells of a terminal: East Asian characters and emoji take two, marks above letters none.
enum TerminalText {
  static func columns(of text: String) -> Int { text.reduce(0) { $0 + columns(of: $1) } }

  /// The text on one line, nothing in it that steers a terminal, cut to `width` cells with an ellipsis.
  static func clipped(_ text: String, to width: Int) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ").withoutControlCharacters
    guard columns(of: line) > width else { return line }
    var (result, used) = ("", 1)
    for character in line {
      used += columns(of: character)
      guard used <= width else { break }
      result.append(character)
    }
    return width > 0 ? result + "…" : ""
  }

  static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - columns(of: text)))
  }

  private static func columns(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    // Unicode Standard Annex 11, the ranges of class W and F.
    return switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE4F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      2
    case 0x200B...0x200F, 0x0300...0x036F: 0
    default: 1
    }
  }
}
