/// Comma-separated values (RFC 4180).
enum CSV {
  /// One record. Texts that a spreadsheet would take for a formula get an apostrophe in front (OWASP, "CSV injection");
  /// numbers are left alone.
  static func line(_ fields: [Field]) -> String {
    fields.map(\.written).joined(separator: ",") + "\r\n"
  }

  enum Field: ExpressibleByStringLiteral {
    case text(String)
    case whole(Int)
    /// With that many decimal places at most.
    case number(Double?, places: Int)
    case none

    init(stringLiteral value: String) { self = .text(value) }

    fileprivate var written: String {
      switch self {
      case .text(let text): CSV.quoted(CSV.harmless(text))
      case .whole(let number): "\(number)"
      case .number(let number, let places): number.map { Figure.fixed($0, places) } ?? ""
      case .none: ""
      }
    }
  }

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
