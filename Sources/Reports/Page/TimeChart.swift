/// The frame that charts over time share: a scale on the left, days below.
struct TimeChart {
  private let id: String
  private let title: String
  private let summary: String
  private let days: [Day]
  private let scale: ChartScale

  private static let width = 760.0
  private static let height = 220.0
  private static let left = 76.0
  private static let bottom = 190.0
  private static let top = 10.0

  /// - Parameters:
  ///   - summary: What a reader hears who does not see it.
  init(id: String, title: String, summary: String, days: [Day], scale: ChartScale) {
    self.id = id
    self.title = title
    self.summary = summary
    self.days = days
    self.scale = scale
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
    for mark in scale.marks {
      let y = number(height(mark))
      frame += """
        <line class="grid" x1="\(number(TimeChart.left))" x2="\(number(TimeChart.width - 8))" y1="\(y)" y2="\(y)"/>\
        <text x="\(number(TimeChart.left - 8))" y="\(y)" dy="0.32em" text-anchor="end">\(HTML.text(scale.label(mark)))</text>
        """
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
    TimeChart.bottom - scale.position(of: value) * (TimeChart.bottom - TimeChart.top)
  }

  private func number(_ value: Double) -> String { Figure.fixed(value, 1) }
}
