/// Columns of text under their titles, as wide as they need to be; one of them may be a bar that takes what is left.
struct TextTable {
  enum Cell {
    case text(String)
    /// Set to the right.
    case number(String)
    /// A share of the longest bar, 0...1.
    case bar(Double)
  }

  private let titles: [String]
  private var rows: [[Cell]] = []

  private static let gap = 2
  private static let longestName = 28
  private static let longestBar = 40

  init(_ titles: [String]) { self.titles = titles }

  mutating func add(_ cells: [Cell]) {
    precondition(cells.count == titles.count, "TextTable: \(cells.count) cells for \(titles.count) columns")
    rows.append(cells)
  }

  /// - Parameters:
  ///   - width: Columns of the terminal.
  ///   - ink: Colours.
  func lines(width: Int, ink: Ink) -> [String] {
    guard let first = rows.first else { return [] }
    let bars = first.map { if case .bar = $0 { true } else { false } }
    var widths = titles.indices.map { column -> Int in
      let cells = rows.map { row in
        switch row[column] {
        case .text(let text): min(TextTable.longestName, TerminalText.width(text))
        case .number(let text): TerminalText.width(text)
        case .bar: 0
        }
      }
      return max(TerminalText.width(titles[column]), cells.max() ?? 0)
    }
    let rest = width - 2 - widths.reduce(0, +) - TextTable.gap * (widths.count - 1)
    for column in titles.indices where bars[column] {
      widths[column] = max(0, min(TextTable.longestBar, rest + widths[column]))
    }
    let titleCells = titles.indices.map { column in
      if case .number = first[column] { Cell.number(titles[column]) } else { Cell.text(titles[column]) }
    }
    return [line(titleCells, widths, width) { ink.faint($0) }] + rows.map { line($0, widths, width) { ink.bar($0) } }
  }

  /// - Parameter paint: What a bar, or a title, is drawn with.
  private func line(_ cells: [Cell], _ widths: [Int], _ width: Int, _ paint: (String) -> String) -> String {
    var line = "  "
    for (column, cell) in cells.enumerated() where widths[column] > 0 {
      if column > 0 { line += String(repeating: " ", count: TextTable.gap) }
      switch cell {
      case .text(let text):
        line += TerminalText.padded(TerminalText.cut(text, to: widths[column]), to: widths[column])
      case .number(let text): line += TerminalText.paddedLeft(text, to: widths[column])
      case .bar(let share):
        let bar = Bars.bar(share, of: 1, width: widths[column])
        line += paint(bar) + String(repeating: " ", count: widths[column] - bar.count)
      }
    }
    return TerminalText.trimmedRight(line)
  }
}
