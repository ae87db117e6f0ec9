/// How a figure moved against the period before.
struct Change: Equatable {
  enum Direction { case up, down, same }

  let direction: Direction
  /// Without its direction: `12%`, `1.2 points`.
  let amount: String

  /// A count or a duration, as a percentage of what it was; nil where it was nothing.
  static func relative(_ now: Double?, from before: Double?) -> Change? {
    guard let now, let before, before > 0 else { return nil }
    let change = now / before - 1
    guard abs(change) >= 0.0005 else { return Change(direction: .same, amount: "0%") }
    let amount =
      abs(change) < 0.0995 ? Figure.fixed(abs(change) * 100, 1) : Figure.count(Int((abs(change) * 100).rounded()))
    return Change(direction: change > 0 ? .up : .down, amount: "\(amount)%")
  }

  /// A rate, in points of a percentage.
  static func points(_ now: Double?, from before: Double?) -> Change? {
    guard let now, let before else { return nil }
    let points = (now - before) * 100
    guard abs(points) >= 0.05 else { return Change(direction: .same, amount: "0 points") }
    return Change(direction: points > 0 ? .up : .down, amount: "\(Figure.fixed(abs(points), 1)) points")
  }

  /// `up 12%`, `down 1.2 points`, `unchanged`
  var words: String {
    switch direction {
    case .up: "up \(amount)"
    case .down: "down \(amount)"
    case .same: "unchanged"
    }
  }

  /// `▲ 12%`
  var symbol: String {
    switch direction {
    case .up: "▲ \(amount)"
    case .down: "▼ \(amount)"
    case .same: "= "
    }
  }
}
