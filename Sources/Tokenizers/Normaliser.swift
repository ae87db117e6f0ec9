// The standard library has NFC, but only Foundation sees it; Foundation's own public NFC on Linux is wrong for old
// Hangul and beyond the Basic Multilingual Plane.
@_spi(_Unicode) import Swift

/// What a prompt goes through before it is cut into words: NFC, each run of blanks to one space, lower case
/// (transformers' `CLIPTokenizer`: `NFC()`, `Replace(\s+, " ")`, `Lowercase()`).
enum Normaliser {
  static func normalise(_ text: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
    var normalised: [Unicode.Scalar] = []
    normalised.reserveCapacity(text.count)
    var afterBlank = false
    for scalar in composed(text) {
      if scalar.properties.isWhitespace {
        if !afterBlank { normalised.append(" ") }
        afterBlank = true
        continue
      }
      afterBlank = false
      switch scalar.value {
      case 0x41...0x5A: normalised.append(Unicode.Scalar(UInt8(scalar.value) + 0x20))
      case 0..<0x80: normalised.append(scalar)
      // One scalar at a time: İ becomes i and a dot above, and Σ is never a final sigma.
      default: normalised.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return normalised
  }

  /// Canonical composition as the tokenizers library does it, by the tables of Unicode 9: later characters neither
  /// reorder nor compose.
  static func composed(_ text: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
    guard text.contains(where: { $0.value >= firstToCompose }) else { return text }
    var composed: [Unicode.Scalar] = []
    composed.reserveCapacity(text.count)
    var run = String.UnicodeScalarView()
    func composeRun() {
      composed.append(contentsOf: String(marksInOrder(run))._nfc)
      run = String.UnicodeScalarView()
    }
    for scalar in text {
      if isKnownToComposition(scalar) {
        append(scalar, to: &run)
      } else {
        composeRun()
        composed.append(scalar)
      }
    }
    composeRun()
    return composed[...]
  }

  /// Puts each row of marks in canonical order, which the standard library would do in quadratic time.
  private static func marksInOrder(_ text: String.UnicodeScalarView) -> String.UnicodeScalarView {
    var ordered = String.UnicodeScalarView()
    var marks: [(combiningClass: UInt8, order: Int, scalar: Unicode.Scalar)] = []
    func flush() {
      marks.sort { ($0.combiningClass, $0.order) < ($1.combiningClass, $1.order) }
      for mark in marks { ordered.append(mark.scalar) }
      marks.removeAll(keepingCapacity: true)
    }
    for scalar in text {
      let combiningClass = scalar.properties.canonicalCombiningClass.rawValue
      if combiningClass == 0 {
        if !marks.isEmpty { flush() }
        ordered.append(scalar)
      } else {
        marks.append((combiningClass, marks.count, scalar))
      }
    }
    flush()
    return ordered
  }

  /// Everything before the combining marks is its own composition.
  private static let firstToCompose: UInt32 = 0x300

  private static func isKnownToComposition(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= firstToCompose else { return true }
    guard let age = scalar.properties.age else { return false }
    return age.major <= 9
  }

  /// Three Tibetan vowels are taken apart here: the standard library does it too late to sort them among other marks.
  private static func append(_ scalar: Unicode.Scalar, to run: inout String.UnicodeScalarView) {
    switch scalar.value {
    case 0xF73: run.append(contentsOf: "\u{F71}\u{F72}".unicodeScalars)
    case 0xF75: run.append(contentsOf: "\u{F71}\u{F74}".unicodeScalars)
    case 0xF81: run.append(contentsOf: "\u{F71}\u{F80}".unicodeScalars)
    default: run.append(scalar)
    }
  }
}
