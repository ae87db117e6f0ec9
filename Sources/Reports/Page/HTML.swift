/// Pieces of a page. Whatever comes from the history goes through ``text(_:)``.
enum HTML {
  /// A text as it stands in elements and in quoted attributes.
  static func text(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
      case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
      case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
      case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
      case "\n", "\t": escaped.append(" ")
      // HTML has no place for controls and noncharacters.
      case _ where scalar.properties.generalCategory == .control || scalar.properties.isNoncharacterCodePoint:
        escaped.append("\u{FFFD}")
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }

  /// Anybody's text, kept from turning the direction of what stands around it.
  static func foreign(_ text: String) -> String { "<bdi>\(HTML.text(text))</bdi>" }

  /// A section under a heading of the second level, named by it.
  static func section(_ id: String, _ title: String, _ body: String) -> String {
    """
    <section id="\(id)" aria-labelledby="\(id)-title">
    <h2 id="\(id)-title">\(text(title))</h2>
    \(body)
    </section>

    """
  }

  /// What may be wider than a narrow screen scrolls by itself, with the keyboard too.
  static func scrolling(_ label: String, _ body: String) -> String {
    "<div class=\"wide\" role=\"group\" aria-label=\"\(text(label))\" tabindex=\"0\">\n\(body)\n</div>"
  }
}

/// A table whose first column names the rows.
struct HTMLTable {
  /// What a column holds; decides how it is set.
  enum Column {
    case number(String)
    case chart(String)
    case sentence(String)

    fileprivate var title: String {
      switch self {
      case .number(let title), .chart(let title), .sentence(let title): title
      }
    }

    /// As it stands in a tag.
    fileprivate var mark: String {
      switch self {
      case .number: ""
      case .chart: " class=\"chart\""
      case .sentence: " class=\"said\""
      }
    }
  }

  private let caption: String
  private let name: String
  private let columns: [Column]
  private var rows: [String] = []

  /// - Parameter name: Title of the first column.
  init(_ caption: String, _ name: String, _ columns: [Column]) {
    self.caption = caption
    self.name = name
    self.columns = columns
  }

  /// - Parameters:
  ///   - name: Of the row, as HTML.
  ///   - cells: As HTML, one for each further column.
  mutating func add(_ name: String, _ cells: [String]) {
    precondition(cells.count == columns.count, "HTMLTable: \(cells.count) cells for \(columns.count) columns")
    let rest = zip(columns, cells).map { column, cell in "<td\(column.mark)>\(cell)</td>" }
    rows.append("<tr><th scope=\"row\">\(name)</th>\(rest.joined())</tr>")
  }

  var html: String {
    let heads = columns.map { "<th scope=\"col\"\($0.mark)>\(HTML.text($0.title))</th>" }.joined()
    let table = """
      <table>
      <caption>\(HTML.text(caption))</caption>
      <thead><tr><th scope="col">\(HTML.text(name))</th>\(heads)</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>
      """
    return HTML.scrolling(caption, table)
  }
}
