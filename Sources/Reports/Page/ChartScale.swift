import Foundation

/// Where values lie between the bottom and the top of a chart, and which of them are marked.
struct ChartScale {
  /// From the bottom up.
  let marks: [Double]
  /// How a mark is written.
  let label: (Double) -> String
  private let isLogarithmic: Bool

  /// From 0 to `most` or a little more.
  static func counts(to most: Int) -> ChartScale {
    let step = max(1, step(for: Double(most)))
    return ChartScale(
      marks: marks(to: Double(most), step: step), label: { Figure.count(Int($0)) }, isLogarithmic: false)
  }

  /// From 0 to `highest` or a little more; logarithmic where the lowest value would lie on the ground.
  static func seconds(from lowest: Double, to highest: Double) -> ChartScale {
    guard lowest > 0, highest > lowest * 20 else {
      let marks = marks(to: highest, step: step(for: highest))
      return ChartScale(marks: marks, label: seconds, isLogarithmic: false)
    }
    let powers = Int(log10(lowest).rounded(.down))...Int(log10(highest).rounded(.up))
    return ChartScale(
      marks: powers.map { pow(10, Double($0)) }, label: seconds, isLogarithmic: true)
  }

  /// 0 at the bottom, 1 at the top.
  func position(of value: Double) -> Double {
    guard let first = marks.first, let last = marks.last, first < last else { return 0 }
    guard isLogarithmic else { return value / last }
    return max(0, log(value / first) / log(last / first))
  }

  /// Minutes only where seconds would be many: `100 s`, `16 min 40 s`.
  private static func seconds(_ value: Double) -> String {
    (10..<1000).contains(value) ? "\(Figure.fixed(value, 0)) s" : Figure.seconds(value)
  }

  /// 1, 2 or 5 times a power of ten, for three to five marks.
  private static func step(for highest: Double) -> Double {
    guard highest > 0 else { return 1 }
    let power = pow(10, log10(highest).rounded(.down) - 1)
    return [1.0, 2, 5, 10, 20, 50].map { $0 * power }.first { highest / $0 <= 4 } ?? highest
  }

  private static func marks(to highest: Double, step: Double) -> [Double] {
    (0...max(1, Int((highest / step).rounded(.up)))).map { Double($0) * step }
  }
}
