extension String {
  /// Prompts and what pictures say are anybody's text: shown to a person, it must neither steer the terminal nor turn the
  /// order of what stands around it. What would becomes U+FFFD; ends of lines and tabs stay.
  var withoutControlCharacters: String {
    guard unicodeScalars.contains(where: \.steers) else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.map { $0.steers ? "\u{FFFD}" : $0 }))
  }
}

extension Unicode.Scalar {
  fileprivate var steers: Bool {
    switch value {
    case 0x09, 0x0A: false
    case ..<0x20, 0x7F...0x9F: true
    // Line and paragraph separators; embeddings, overrides and isolates of the bidirectional algorithm (UAX #9).
    case 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
