/// The spelling of single characters: which small letter, digit, space or symbol each Unicode scalar is read as.
struct Folding: Sendable {
  enum Result {
    case nothing
    case one(UInt32, ScalarKind)
    case latinTwin(UInt32, twin: UInt8)
    case several([UInt8])
  }

  private let styled: [UInt32: [UInt8]]
  private let foreign: [UInt32: UInt8]

  init() {
    var styled: [UInt32: [UInt8]] = [:]
    styled.reserveCapacity(2048)
    for (reading, letters) in LookAlikes.styled {
      for scalar in letters.unicodeScalars { styled[scalar.value] = Array(reading.utf8) }
    }
    var foreign: [UInt32: UInt8] = [:]
    for (reading, letters) in LookAlikes.foreign {
      for scalar in letters.unicodeScalars { foreign[scalar.value] = reading.utf8.first }
    }
    self.styled = styled
    self.foreign = foreign
  }

  /// The 128 ASCII characters: capitals become small, control characters spaces.
  static let ascii: [(UInt32, ScalarKind)] = (0..<128).map { (byte: UInt32) in
    switch byte {
    case 0x41...0x5A: (byte + 0x20, .letter)
    case 0x61...0x7A: (byte, .letter)
    case 0x30...0x39: (byte, .digit)
    case 0...0x20, 0x7F: (0x20, .space)
    default: (byte, .symbol)
    }
  }

  /// - Parameter afterLatin: the scalar before is ASCII, so that a mark after it is an ornament and not a vowel.
  func fold(_ value: UInt32, afterLatin: Bool) -> Result {
    if let ranged = Self.alphabetRange(value) { return ranged }
    if let letters = styled[value] {
      if letters.count > 1 { return .several(letters) }
      let letter = UInt32(letters[0])
      return .one(letter, letter < 0x3A ? .digit : .letter)
    }
    if Self.isIgnored(value) { return .nothing }
    if Self.isIdeograph(value) { return .one(value, .ideograph) }
    guard let scalar = Unicode.Scalar(value) else { return .one(0x20, .space) }
    let lower = scalar.properties.lowercaseMapping.unicodeScalars.first?.value ?? value
    if let twin = foreign[lower] { return .latinTwin(lower, twin: twin) }
    if let plain = Self.arabic(value) { return .one(plain, .letter) }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return .one(lower, .letter)
    case .nonspacingMark, .spacingMark, .enclosingMark:
      return afterLatin ? .nothing : .one(lower, .letter)
    case .decimalNumber:
      return .one(0x30 + UInt32(scalar.properties.numericValue ?? 0), .digit)
    case .spaceSeparator, .lineSeparator, .paragraphSeparator:
      return .one(0x20, .space)
    case .format, .control:
      return .nothing
    default:
      return .one(value, .symbol)
    }
  }

  /// Arabic letters that are often written without their hamza, as they are then.
  private static func arabic(_ value: UInt32) -> UInt32? {
    switch value {
    case 0x0622, 0x0623, 0x0625, 0x0671: 0x0627
    case 0x0624: 0x0648
    case 0x0626, 0x0649: 0x064A
    default: nil
    }
  }

  /// Alphabets that stand in order: full width, circled, the mathematical ones.
  private static func alphabetRange(_ value: UInt32) -> Result? {
    switch value {
    case 0xFF01...0xFF5E:
      let (folded, kind) = ascii[Int(value - 0xFF01 + 0x21)]
      return .one(folded, kind)
    case 0x24B6...0x24E9: return .one(0x61 + (value - 0x24B6) % 26, .letter)
    case 0x1D400...0x1D6A3: return .one(0x61 + (value - 0x1D400) % 26, .letter)
    case 0x1D7CE...0x1D7FF: return .one(0x30 + (value - 0x1D7CE) % 10, .digit)
    // Tags, an invisible copy of ASCII.
    case 0xE0020...0xE007E:
      let (folded, kind) = ascii[Int(value - 0xE0000)]
      return .one(folded, kind)
    default: return nil
    }
  }

  /// Marks that are ornaments in every script, variation selectors, fillers and other invisible characters.
  private static func isIgnored(_ value: UInt32) -> Bool {
    switch value {
    case 0x0300...0x036F, 0x0483...0x0489, 0x0591...0x05C7, 0x0610...0x061A, 0x0640, 0x064B...0x065F, 0x0670,
      0x06D6...0x06ED, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE00...0xFE0F, 0xFE20...0xFE2F,
      0xE0100...0xE01EF, 0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800:
      true
    default: false
    }
  }

  /// Scripts written without spaces: Han, kana, Thai, Lao, Khmer, Burmese.
  private static func isIdeograph(_ value: UInt32) -> Bool {
    switch value {
    case 0x3041...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF, 0x0E01...0x0E4E,
      0x0E81...0x0EDF, 0x1780...0x17D3, 0x1000...0x109F:
      true
    default: false
    }
  }
}
