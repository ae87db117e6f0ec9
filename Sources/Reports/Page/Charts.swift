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
      <svg class="interval" viewBox="0 0 120 16" aria-hidden="true">\
      <line class="scale" x1="2" x2="118" y1="8" y2="8"/>\(mark)\
      <line class="reach" x1="\(place(interval.lowerBound))" x2="\(place(interval.upperBound))" y1="8" y2="8"/>\
      <circle cx="\(place(rate))" cy="8" r="4"/></svg>
      """
  }
}

/// The frame that charts over time share: a scale on the left, days below.
struct TimeChart {
  private let id: String
  private let title: String
  private let summary: String
  private let days: [Day]
  private let most: Double
  private let step: Double
  private let label: (Double) -> String

  private static let width = 760.0
  private static let height = 220.0
  private static let left = 64.0
  private static let bottom = 190.0
  private static let top = 10.0

  /// - Parameters:
  ///   - summary: What a reader hears who does not see it.
  ///   - highest: The largest value that is drawn.
  ///   - isWhole: Whether values are counts.
  ///   - label: How the scale writes a value.
  init(
    id: String, title: String, summary: String, days: [Day], highest: Double, isWhole: Bool,
    label: @escaping (Double) -> String
  ) {
    self.id = id
    self.title = title
    self.summary = summary
    self.days = days
    self.label = label
    step = TimeChart.step(for: highest, isWhole: isWhole)
    most = step * max(1, (highest / step).rounded(.up))
  }

  /// 1, 2 or 5 times a power of ten, for three to five lines of the scale.
  private static func step(for highest: Double, isWhole: Bool) -> Double {
    guard highest > 0 else { return 1 }
    var power = 1.0
    while power * 10 <= highest / 2 { power *= 10 }
    while power > highest / 2, !isWhole || power > 1 { power /= 10 }
    let step = [1.0, 2, 5, 10].map { $0 * power }.first { highest / $0 <= 4 } ?? 10 * power
    return isWhole ? max(1, step) : step
  }

  private var slot: Double { (TimeChart.width - TimeChart.left - 8) / Double(max(1, days.count)) }

  /// Bars of several layers, one on the other.
  func stacked(_ layers: [(name: String, values: [Double])]) -> String {
    var marks = ""
    for index in days.indices {
      var base = 0.0
      let inset = min(2, slot * 0.1)
      for layer in layers where layer.values[index] > 0 {
        let (low, high) = (height(base), height(base + layer.values[index]))
        marks += """
          <rect class="\(layer.name)" x="\(number(x(index) + inset))" y="\(number(high))" \
          width="\(number(slot - 2 * inset))" height="\(number(max(0.5, low - high)))"/>
          """
        base += layer.values[index]
      }
    }
    return svg(marks)
  }

  /// A line for each layer; gaps where there is no value.
  func lines(_ layers: [(name: String, values: [Double?])]) -> String {
    var marks = ""
    for layer in layers {
      var path = ""
      var isOpen = false
      for (index, value) in layer.values.enumerated() {
        guard let value else {
          isOpen = false
          continue
        }
        let point = "\(number(x(index) + slot / 2)) \(number(height(value)))"
        path += isOpen ? "L\(point)" : "M\(point)"
        isOpen = true
        marks +=
          "<circle class=\"\(layer.name)\" cx=\"\(number(x(index) + slot / 2))\" cy=\"\(number(height(value)))\" r=\"2.5\"/>"
      }
      marks += "<path class=\"\(layer.name)\" d=\"\(path)\"/>"
    }
    return svg(marks)
  }

  private func svg(_ marks: String) -> String {
    var frame = ""
    for index in 0...Int((most / step).rounded()) {
      let y = number(height(Double(index) * step))
      frame +=
        "<line class=\"grid\" x1=\"\(number(TimeChart.left))\" x2=\"\(number(TimeChart.width - 8))\" y1=\"\(y)\" y2=\"\(y)\"/>"
      frame +=
        "<text x=\"\(number(TimeChart.left - 8))\" y=\"\(y)\" dy=\"0.32em\" text-anchor=\"end\">\(HTML.text(label(Double(index) * step)))</text>"
    }
    // Days as far as there is room for their names.
    let every = max(1, (days.count + 6) / 7)
    for index in stride(from: 0, to: days.count, by: every) {
      frame +=
        "<text x=\"\(number(x(index) + slot / 2))\" y=\"\(number(TimeChart.bottom + 18))\" text-anchor=\"middle\">\(days[index])</text>"
    }
    let drawing = """
      <svg class="time" role="img" aria-labelledby="\(id)-name \(id)-about" viewBox="0 0 \(number(TimeChart.width)) \(number(TimeChart.height))">
      <title id="\(id)-name">\(HTML.text(title))</title><desc id="\(id)-about">\(HTML.text(summary))</desc>
      \(frame)
      \(marks)
      </svg>
      """
    return HTML.scrolling("\(title), chart", drawing)
  }

  private func x(_ index: Int) -> Double { TimeChart.left + Double(index) * slot }

  private func height(_ value: Double) -> Double {
    TimeChart.bottom - value / most * (TimeChart.bottom - TimeChart.top)
  }

  private func number(_ value: Double) -> String { Figure.fixed(value, 1) }
}
