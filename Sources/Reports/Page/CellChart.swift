/// Small pictures of numbers in table cells. The cell beside them says the same in digits, so readers skip them.
enum CellChart {
  /// A bar, as a share of the longest.
  static func bar(_ share: Double) -> String {
    let length = Figure.fixed(max(0, min(1, share)) * 100, 1)
    return """
      <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">\
      <rect width="\(length)" height="8"/></svg>
      """
  }

  /// A share with its interval on a scale from 0 to 1, and a line where all runs together lie.
  static func interval(_ share: Share, overall: Double?) -> String {
    func place(_ rate: Double) -> String { Figure.fixed(2 + rate * 116, 1) }
    guard let rate = share.rate else { return "" }
    let interval = share.interval
    let mark =
      overall.map { "<line class=\"overall\" x1=\"\(place($0))\" x2=\"\(place($0))\" y1=\"0\" y2=\"16\"/>" } ?? ""
    return """
      <svg class="interval" viewBox="0 0 120 16" preserveAspectRatio="xMinYMid" aria-hidden="true">\
      <line class="scale" x1="2" x2="118" y1="8" y2="8"/>\(mark)\
      <line class="reach" x1="\(place(interval.lowerBound))" x2="\(place(interval.upperBound))" y1="8" y2="8"/>\
      <circle cx="\(place(rate))" cy="8" r="4"/></svg>
      """
  }
}
