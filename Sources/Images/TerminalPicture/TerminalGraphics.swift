/// The ways of drawing a picture in a terminal: `--preview`.
package enum TerminalGraphics: String, CaseIterable, Sendable {
  case kitty
  case iterm
  case sixel
  /// "▀" with a colour above and one below.
  case blocks
  case none

  /// What `--preview=auto` means here: nothing unless output is a terminal that can draw.
  ///
  /// Kitty graphics and iTerm2's are told by the variables that those terminals set; foot and mlterm have sixel.
  /// Within tmux and screen only half blocks arrive. `NO_COLOR` leaves no half blocks either.
  package static func detected(environment: [String: String], isTerminal: Bool) -> TerminalGraphics {
    let terminal = environment["TERM"] ?? ""
    func has(_ name: String) -> Bool { environment[name]?.isEmpty == false }

    guard isTerminal, !terminal.isEmpty, terminal != "dumb" else { return .none }
    let isMultiplexed = has("TMUX") || has("STY") || terminal.hasPrefix("tmux") || terminal.hasPrefix("screen")
    if !isMultiplexed {
      if has("KITTY_WINDOW_ID") || has("GHOSTTY_RESOURCES_DIR") || terminal.contains("kitty") { return .kitty }
      if ["iTerm.app", "WezTerm"].contains(environment["TERM_PROGRAM"]) || has("KONSOLE_VERSION") { return .iterm }
      if terminal.hasPrefix("foot") || terminal.hasPrefix("mlterm") || terminal.contains("sixel") { return .sixel }
    }
    return has("NO_COLOR") ? .none : .blocks
  }
}

/// How many colours half blocks may have.
package enum TerminalColours: Sendable {
  case all
  /// The 6x6x6 cube and 24 greys of xterm.
  case indexed256

  /// `COLORTERM` promises 24 bits; so do terminals whose `TERM` says "direct" and the ones that draw pictures.
  package static func detected(environment: [String: String]) -> TerminalColours {
    let promise = environment["COLORTERM"] ?? ""
    let terminal = environment["TERM"] ?? ""
    let isDirect = ["direct", "kitty", "ghostty", "foot", "alacritty"].contains { terminal.contains($0) }
    return promise == "truecolor" || promise == "24bit" || isDirect ? .all : .indexed256
  }
}

/// The room for a picture, in character cells and what they measure.
package struct TerminalSize: Equatable, Sendable {
  package var columns: Int
  package var rows: Int
  /// Pixels of a cell; 10x20 where the terminal does not say.
  package var cellWidth: Int
  package var cellHeight: Int

  package init(columns: Int, rows: Int, cellWidth: Int = 10, cellHeight: Int = 20) {
    self.columns = max(1, columns)
    self.rows = max(1, rows)
    self.cellWidth = max(1, cellWidth)
    self.cellHeight = max(1, cellHeight)
  }
}
