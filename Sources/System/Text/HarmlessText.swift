extension String {
  /// Anybody's text (prompts, names in files, what pictures say), fit to be shown on a terminal: it can neither steer the
  /// terminal nor reorder what stands around it. What would becomes U+FFFD; line ends and tabs stay.
  ///
  /// This is limn's one rule for that; see ``harmlessLine`` for text that must stay on its line.
  package var harmless: String { replacingSteering { $0 } }

  /// The same on one line: line ends and tabs become spaces.
  package var harmlessLine: String { replacingSteering { _ in " " } }

  /// A name within a sentence: on one line, and cut where it is longer than anybody reads.
  package var harmlessName: String {
    let limit = 200
    let line = harmlessLine
    return line.unicodeScalars.count > limit
      ? String(String.UnicodeScalarView(line.unicodeScalars.prefix(limit))) + "..." : line
  }

  /// - Parameter layout: What becomes of line feeds and tabs.
  private func replacingSteering(_ layout: (Unicode.Scalar) -> Unicode.Scalar) -> String {
    guard unicodeScalars.contains(where: { $0.steersTerminal || $0.isLayout }) else { return self }
    return String(
      String.UnicodeScalarView(
        unicodeScalars.map { $0.steersTerminal ? "\u{FFFD}" : $0.isLayout ? layout($0) : $0 }))
  }
}

extension Unicode.Scalar {
  fileprivate var isLayout: Bool { self == "\t" || self == "\n" }

  fileprivate var steersTerminal: Bool {
    switch value {
    case 0x09, 0x0A: false
    case ..<0x20, 0x7F...0x9F: true
    // Line and paragraph separators; the marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX #9).
    case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
