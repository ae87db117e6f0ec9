/// Colours of a terminal, or none.
package struct Ink: Sendable {
  private let hasColours: Bool

  package init(hasColours: Bool) { self.hasColours = hasColours }

  package func heading(_ text: String) -> String { painted(text, "1") }
  package func faint(_ text: String) -> String { painted(text, "2") }
  func bar(_ text: String) -> String { painted(text, "34") }
  package func painted(_ text: String) -> String { painted(text, "32") }
  package func refused(_ text: String) -> String { painted(text, "33") }
  package func failed(_ text: String) -> String { painted(text, "31") }

  private func painted(_ text: String, _ code: String) -> String {
    hasColours && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
