import Foundation
import History
import Reports
import System
import Terminal

/// Runs in lines: number, time, outcome, who, size, how long, rating and prompt.
package struct RunTable {
  private let numberWidth: Int
  private let userWidth: Int
  private let sizeWidth: Int
  private let timeWidth: Int
  /// Nobody misses a column that is empty.
  private let showsRatings: Bool
  /// Cells a line may take; nil where nobody counts.
  private let width: Int?

  package init(_ runs: [Run], width: Int?) {
    numberWidth = max(3, runs.map { "\($0.number ?? 0)".count }.max() ?? 0)
    let users = Set(runs.map(\.userName))
    // Who is alone need not be told who they are.
    userWidth = users.count > 1 ? min(12, users.map { TerminalText.width($0) }.max() ?? 0) : 0
    sizeWidth = max(4, runs.map { RunTable.size($0).count }.max() ?? 0)
    showsRatings = runs.contains { $0.rating != nil }
    self.width = width
    // Where there is little room, the year can be guessed.
    timeWidth = (width ?? .max) < 90 ? 11 : 16
  }

  package var header: String {
    line(
      number: "RUN", time: "WHEN", outcome: "OUTCOME", user: "WHO", size: "SIZE", seconds: "TIME", rating: "RATED",
      prompt: "PROMPT")
  }

  package func line(_ run: Run) -> String {
    let words = run.typedPrompt ?? run.prompt
    let marks = [run.style.map { "[\($0)]" }] + run.flagWords.map { "!\($0)" }
    let prompt = ([words.isEmpty ? "(not shown)" : words] + marks.compactMap(\.self)).joined(separator: " ")
    return line(
      number: "\(run.number ?? 0)", time: RunTable.time(run.startedAt), outcome: run.outcome.rawValue,
      user: run.userName,
      size: RunTable.size(run), seconds: run.totalSeconds.map(Duration.brief) ?? "",
      rating: run.rating.map { String(repeating: "★", count: $0) } ?? "", prompt: prompt, colour: run.outcome.colour)
  }

  private func line(
    number: String, time: String, outcome: String, user: String, size: String, seconds: String, rating: String,
    prompt: String, colour: String? = nil
  ) -> String {
    var cells = [
      String(repeating: " ", count: max(0, numberWidth - number.count)) + number,
      TerminalText.padded(String(time.suffix(timeWidth)), to: timeWidth),
      TerminalText.padded(outcome, to: 11),
    ]
    if userWidth > 0 {
      cells.append(TerminalText.padded(TerminalText.cut(user.harmlessLine, to: userWidth), to: userWidth))
    }
    cells += [TerminalText.padded(size, to: sizeWidth), TerminalText.padded(seconds, to: 8)]
    if showsRatings { cells.append(TerminalText.padded(rating, to: 5)) }
    let used = cells.reduce(0) { $0 + TerminalText.width($1) + 2 }
    let room = width.map { max(8, $0 - used) } ?? .max
    if let colour, Console.resultHasColours { cells[2] = "\u{1B}[\(colour)m\(cells[2])\u{1B}[0m" }
    return (cells + [TerminalText.cut(prompt.harmlessLine, to: room)]).joined(separator: "  ")
  }

  private static func size(_ run: Run) -> String {
    run.width.flatMap { width in run.height.map { "\(width)x\($0)" } } ?? ""
  }

  /// `2026-01-31 14:30`, in this machine's time zone.
  package static func time(_ date: Date) -> String {
    date.formatted(
      .verbatim(
        "\(year: .defaultDigits)-\(month: .twoDigits)-\(day: .twoDigits) \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits)",
        timeZone: .current, calendar: Calendar(identifier: .gregorian)))
  }
}

extension Outcome {
  /// The terminal's code.
  fileprivate var colour: String {
    switch self {
    case .painted: "32"
    case .refused: "33"
    case .failed: "31"
    case .interrupted: "35"
    case .running: "36"
    }
  }
}
