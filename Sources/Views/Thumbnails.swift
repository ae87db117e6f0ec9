import Engine
import Foundation
import History
import Images
import System
import Terminal

/// Small pictures below their lines.
package struct Thumbnails {
  private let graphics: TerminalGraphics
  private let size: TerminalSize

  package init(_ option: PreviewOption, size: TerminalSize = TerminalSize(columns: 32, rows: 9)) {
    let environment = ProcessInfo.processInfo.environment
    graphics = option.graphics(environment: environment, isTerminal: Console.resultsAreWatched)
    self.size = size
    if graphics == .none, option != .none {
      Console.note("Pictures are drawn on terminals only; --pictures blocks draws them anyway.")
    }
  }

  package func show(_ run: Run) throws {
    guard graphics != .none, let path = run.outputPath else { return }
    guard let picture = run.picture else {
      return print("  (\(path.harmlessLine) is no longer there, or no longer what was painted)")
    }
    let place = TerminalPicture(
      width: picture.width, height: picture.height, size: size, graphics: graphics,
      colours: .detected(environment: ProcessInfo.processInfo.environment))
    guard let bytes = try? place.drawn(picture) else { return }
    try Console.finishResults()
    try StandardOutput.write(bytes)
  }
}
