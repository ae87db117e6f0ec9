import System

/// One line on a terminal that is drawn over itself: stage, bar, steps, seconds a step and time left.
package struct ProgressBar {
  private let isShown: Bool
  private let clock = ContinuousClock()
  private var samplingStarted: ContinuousClock.Instant?

  package init(isShown: Bool) {
    self.isShown = isShown
  }

  package mutating func stage(_ name: String) {
    draw(name)
  }

  /// - Parameter prefix: Which picture this is, where there are several.
  package mutating func step(_ done: Int, of total: Int, prefix: String) {
    // Each picture's first report, before any step, starts the clock anew.
    guard done > 0, let started = samplingStarted else {
      samplingStarted = clock.now
      return
    }
    let perStep = (clock.now - started) / .seconds(1) / Double(done)
    draw(
      ProgressBar.line(prefix: prefix, done: done, total: total, secondsPerStep: perStep, width: Console.size.columns))
  }

  /// Takes the line away, so that something else can be written.
  package mutating func clear() {
    if isShown { Console.clearLine() }
  }

  private mutating func draw(_ line: String) {
    if isShown { Console.drawLine(line) }
  }

  /// The text for a terminal of `width` columns: `sampling ████▌····· 5/12  0.21 s/step  2 s left`.
  package static func line(prefix: String, done: Int, total: Int, secondsPerStep: Double?, width: Int) -> String {
    let left = secondsPerStep.map { $0 * Double(total - done) }
    let figures = secondsPerStep.map {
      "  \(Duration.brief($0))/step" + (left.map { $0 > 0 ? "  \(Duration.brief($0)) left" : "" } ?? "")
    }
    let tail = " \(done)/\(total)\(figures ?? "")"
    let room = min(40, width - prefix.count - tail.count - 2)
    guard room >= 4 else { return String("\(prefix)\(tail)".prefix(max(0, width - 1))) }
    return "\(prefix) \(Bar.text(done: done, of: total, width: room))\(tail)"
  }
}
