/// Texts as cells of comma-separated values (RFC 4180).
package enum CSVCell {
  /// Quoted where need be. What a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV
  /// injection").
  package static func text(_ text: String) -> String { quoted(harmless(text)) }

  private static func harmless(_ text: String) -> String {
    guard let first = text.unicodeScalars.first(where: { $0 != " " }) else { return text }
    // Full-width forms count as their plain twins in some spreadsheets.
    return "=+-@\t\r\n＝＋－＠".unicodeScalars.contains(first) ? "'" + text : text
  }

  private static func quoted(_ text: String) -> String {
    let needsQuotes = text.unicodeScalars.contains { ",\"\r\n'".unicodeScalars.contains($0) }
    return needsQuotes ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }
}
