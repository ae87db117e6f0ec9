import Foundation
import Synchronization
import System

/// One line on a terminal about bytes that come in: name, bar, bytes, speed and time left.
package final class TransferBar: Sendable {
  private struct State {
    var first: (bytes: Int, time: ContinuousClock.Instant)?
    var drawn: ContinuousClock.Instant?
  }

  private let name: String
  private let total: Int
  private let state = Mutex(State())
  private let clock = ContinuousClock()
  /// Between one line and the next.
  private static let interval = Duration.milliseconds(100)

  package init(_ name: String, total: Int) {
    self.name = name
    self.total = total
  }

  package func show(_ bytes: Int) {
    let now = clock.now
    let line = state.withLock { state -> String? in
      let first = state.first ?? (bytes, now)
      state.first = first
      if let drawn = state.drawn, now - drawn < Self.interval, bytes < total { return nil }
      state.drawn = now
      let seconds = (now - first.time) / .seconds(1)
      let speed = seconds > 1 && bytes > first.bytes ? Double(bytes - first.bytes) / seconds : nil
      return TransferBar.line(name, bytes: bytes, total: total, speed: speed, width: Console.size.columns)
    }
    if let line { Console.drawLine(line) }
  }

  /// The text for a terminal of `width` columns: `sdxl-turbo ████▌····· 2.1 of 6.5 GB  11 MB/s  6 min 40 s left`.
  ///
  /// - Parameter speed: Bytes a second; nil where it is not known yet.
  package static func line(_ name: String, bytes: Int, total: Int, speed: Double?, width: Int) -> String {
    let figures = speed.map { speed in
      "  \(ByteCount(Int(speed)))/s" + (bytes < total ? "  \(Duration.brief(Double(total - bytes) / speed)) left" : "")
    }
    let tail = " \(ByteCount(bytes)) of \(ByteCount(total))\(figures ?? "")"
    let room = min(40, width - name.count - tail.count - 2)
    guard room >= 4 else { return String("\(name)\(tail)".prefix(max(0, width - 1))) }
    return "\(name) \(Bar.text(done: bytes, of: total, width: room))\(tail)"
  }
}
