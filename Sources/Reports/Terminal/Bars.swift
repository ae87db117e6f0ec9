/// Charts made of characters.
enum Bars {
  private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  private static let heights = Array("▁▂▃▄▅▆▇█")

  /// A bar of `width` columns at most, to an eighth of a column; what is more than nothing is seen.
  static func bar(_ value: Double, of most: Double, width: Int) -> String {
    guard value > 0, most > 0, width > 0 else { return "" }
    let pieces = max(1, min(width * 8, Int((value / most * Double(width * 8)).rounded())))
    return String(repeating: "█", count: pieces / 8) + eighths[pieces % 8]
  }

  /// A column for each value, or for the mean of neighbours where values outnumber columns; a dot where there is none.
  static func sparkline(_ values: [Double?], width: Int) -> String {
    let columns = gathered(values, into: width)
    let most = columns.compactMap(\.self).max() ?? 0
    return String(
      columns.map { value in
        guard let value, most > 0, value > 0 else { return "·" }
        return heights[min(7, Int(value / most * 8))]
      })
  }

  private static func gathered(_ values: [Double?], into width: Int) -> [Double?] {
    guard values.count > width, width > 0 else { return values }
    return (0..<width).map { column in
      let part = values[column * values.count / width..<(column + 1) * values.count / width].compactMap(\.self)
      return part.isEmpty ? nil : part.reduce(0, +) / Double(part.count)
    }
  }
}
