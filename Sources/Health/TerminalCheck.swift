import Engine
import Foundation
import Images
import Terminal

/// How pictures can be shown here.
package enum TerminalCheck {
  package static var finding: Finding {
    let environment = Installation.current.environment
    let graphics = TerminalGraphics.detected(environment: environment, isTerminal: Console.isTerminal)
    let (columns, rows) = Console.size
    let size = "\(columns)x\(rows) characters"
    switch graphics {
    case .none where !Console.isTerminal:
      return Finding("terminal", "pictures", "none: standard error is no terminal")
    case .none:
      return Finding(
        "terminal", "pictures", "none, \(size)", .ok,
        advice: "`--preview` draws nothing here: NO_COLOR is set, or TERM says that the terminal can draw nothing.")
    case .blocks:
      return Finding(
        "terminal", "pictures", "half blocks, \(size)", .ok,
        advice:
          "kitty, Ghostty, WezTerm, Konsole and foot show pictures in full; inside tmux and screen only blocks arrive.")
    case .kitty, .iterm, .sixel: return Finding("terminal", "pictures", "\(graphics.rawValue), \(size)")
    }
  }
}
