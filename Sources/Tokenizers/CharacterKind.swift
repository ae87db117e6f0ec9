/// The four kinds of characters that CLIP's word pattern tells apart.
enum CharacterKind: Equatable {
  /// `\p{L}`
  case letter
  /// `\p{N}`
  case number
  /// `\s`
  case blank
  /// Everything else: punctuation, combining marks, emoji, controls.
  case symbol

  init(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x41...0x5A, 0x61...0x7A: self = .letter
    case 0x30...0x39: self = .number
    case 0x20, 0x09...0x0D: self = .blank
    case 0..<0x80: self = .symbol
    default: self.init(scalar.properties)
    }
  }

  /// The tokenizers library cuts words by the tables of Unicode 16: what came later is a symbol to it.
  private static let newestVersion = 16

  private init(_ properties: Unicode.Scalar.Properties) {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      self = Self.isKnown(properties) ? .letter : .symbol
    case .decimalNumber, .letterNumber, .otherNumber:
      self = Self.isKnown(properties) ? .number : .symbol
    default:
      self = properties.isWhitespace ? .blank : .symbol
    }
  }

  private static func isKnown(_ properties: Unicode.Scalar.Properties) -> Bool {
    (properties.age?.major ?? .max) <= newestVersion
  }
}

extension Unicode.Scalar {
  /// `\w` of Rust's expressions (Unicode Technical Standard 18, annex C).
  var isWord: Bool {
    if properties.isAlphabetic || properties.isJoinControl { return true }
    return switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: true
    default: false
    }
  }

  /// What Python's `\s` and `strip` take for a blank: the blanks, and four separators among the control characters.
  var isPythonBlank: Bool { properties.isWhitespace || (0x1C...0x1F).contains(value) }
}
