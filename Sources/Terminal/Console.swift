import Foundation
import Synchronization
import System

/// Standard error, where everything goes that is not a result; sentences may quote anybody's text.
package enum Console {
  /// Whether a person watches.
  package static let isTerminal = isatty(STDERR_FILENO) == 1

  /// Whether a person reads the results themselves.
  package static let resultsAreWatched = isatty(STDOUT_FILENO) == 1

  private static let environment = ProcessInfo.processInfo.environment

  /// Colours: on a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`; with `CLICOLOR_FORCE` everywhere.
  package static let hasColours: Bool = {
    if let force = environment["CLICOLOR_FORCE"], force != "0", !force.isEmpty { return true }
    return isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }()

  /// Colours in results, which are read on standard output: as ``hasColours`` says for messages.
  package static let resultHasColours: Bool = {
    if let force = environment["CLICOLOR_FORCE"], force != "0", !force.isEmpty { return true }
    return resultsAreWatched && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }()

  /// Makes sure that everything printed has arrived.
  /// - Throws: ``UserError/resources(_:)`` where standard output took less than all.
  package static func finishResults() throws {
    guard fflush(nil) == 0 else {
      guard errno != EBADF else { throw StandardOutput.unusable }
      throw UserError.resources(
        "Standard output could not be written: \(unsafe String(cString: strerror(errno)).lowercased()).")
    }
  }

  /// A name as a result: to whoever reads it as it is, on a terminal harmless, as `ls` does it.
  package static func named(_ text: String) -> String { resultsAreWatched ? text.harmlessLine : text }

  /// Prints a line that a reader may wait for, at once.
  /// - Throws: ``UserError/resources(_:)``
  package static func result(_ line: String) throws {
    print(line)
    try finishResults()
  }

  /// Writes a long result past the buffer of `print`, which forgets what could not be written.
  /// - Throws: ``AtomicFileError`` or ``UserError/resources(_:)`` where standard output takes less than all.
  package static func longResult(_ text: String) throws {
    try finishResults()
    try StandardOutput.write(Array(text.utf8))
  }

  package static func error(_ sentence: String) { say(sentence, .error) }

  package static func warning(_ sentence: String) { say(sentence, .warning) }

  package static func note(_ sentence: String) { say(sentence, .notice) }

  /// As loggers call them.
  package enum Weight: String, Sendable { case notice, warning, error }

  /// Has every sentence written in a program's form, a line each.
  package static func format(by line: @escaping @Sendable (String, Weight) -> String) {
    format.withLock { $0 = line }
  }

  private static let format = Mutex<(@Sendable (String, Weight) -> String)?>(nil)

  private static func say(_ sentence: String, _ weight: Weight) {
    if let format = format.withLock({ $0 }) { return write(format(sentence, weight) + "\n") }
    let colour = weight == .error ? 31 : 33
    let name = weight == .notice ? "" : hasColours ? "\u{1B}[\(colour)mlimn:\u{1B}[0m " : "limn: "
    write("\(name)\(sentence.harmless)\n")
  }

  /// Whether a bar stands on the terminal's last line.
  private static let hasBar = Mutex(false)
  package static let cleared = "\r\u{1B}[K"

  /// Whether lines can be drawn over: on a terminal that knows more than letters.
  package static let canRedraw = isTerminal && !["", "dumb"].contains(environment["TERM"] ?? "")

  /// Draws one line over the last that was drawn so; whatever is written next takes its place. A terminal that cannot do
  /// that is spared.
  package static func drawLine(_ text: String) {
    guard canRedraw else { return }
    hasBar.withLock { hasBar in
      put("\(cleared)\(text)")
      hasBar = true
    }
  }

  /// Takes the drawn line away.
  package static func clearLine() { write("") }

  package static func write(_ text: String) {
    hasBar.withLock { hasBar in
      if hasBar || !text.isEmpty { put((hasBar ? cleared : "") + text) }
      hasBar = false
    }
  }

  private static func put(_ text: String) {
    // A closed standard error is no reason to stop painting.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// The terminal's width and height in characters: `COLUMNS` and `LINES` where set, else asked for, else 80 by 24.
  package static var size: (columns: Int, rows: Int) {
    var window = winsize()
    let isKnown = unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &window) == 0 && window.ws_col > 0
    let columns = environment["COLUMNS"].flatMap(Int.init) ?? (isKnown ? Int(window.ws_col) : 80)
    let rows = environment["LINES"].flatMap(Int.init) ?? (isKnown ? Int(window.ws_row) : 24)
    return (max(20, columns), max(5, rows))
  }
}
