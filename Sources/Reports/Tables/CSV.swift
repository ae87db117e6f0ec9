import System

/// Comma-separated values (RFC 4180).
enum CSV {
  /// One record; texts as ``CSVCell`` writes them, numbers left alone.
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
      case .text(let text): CSVCell.text(text)
      case .whole(let number): "\(number)"
      case .number(let number, let places): number.map { Figure.fixed($0, places) } ?? ""
      case .none: ""
      }
    }
  }
}
