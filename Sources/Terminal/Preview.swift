import Foundation
import Images

/// How a picture is drawn in the terminal; `auto` asks the terminal.
package enum PreviewOption: String, CaseIterable {
  case auto, kitty, iterm, sixel, blocks, none
}

/// Draws pictures in the terminal, on standard error, each over the one before.
package struct Preview {
  private let graphics: TerminalGraphics
  private let showsSteps: Bool
  private var drawn: TerminalPicture?

  /// - Parameter option: `none` still draws steps where these are asked for.
  package init(_ option: PreviewOption, isQuiet: Bool, showsSteps: Bool) {
    self.showsSteps = showsSteps
    graphics = (option == .none && showsSteps ? PreviewOption.auto : option)
      .graphics(environment: ProcessInfo.processInfo.environment, isTerminal: Console.isTerminal && !isQuiet)
    if graphics == .none, option != .none || showsSteps, Console.isTerminal, !isQuiet {
      Console.note("No preview: NO_COLOR is set, or TERM says that the terminal can draw nothing.")
    }
  }

  /// Whether to draw after this step: about eight times a picture.
  package func wants(step: Int, of total: Int) -> Bool {
    showsSteps && graphics != .none && step < total && step % max(1, total / 8) == 0
  }

  /// - Parameter size: The finished picture's, so that a smaller preview takes the same room.
  package mutating func show(_ picture: Picture, size: PictureSize, isFinal: Bool) {
    guard graphics != .none, isFinal || showsSteps else { return }
    let (columns, rows) = Console.size
    let place =
      drawn
      ?? TerminalPicture(
        width: size.width, height: size.height, size: TerminalSize(columns: columns, rows: rows), graphics: graphics,
        colours: .detected(environment: ProcessInfo.processInfo.environment))
    // A picture that cannot be drawn is still painted.
    guard let bytes = try? drawn == nil ? place.drawn(picture) : place.redrawn(picture) else { return }
    try? FileHandle.standardError.write(contentsOf: Data(bytes))
    drawn = isFinal ? nil : place
  }
}

extension PreviewOption {
  /// How to draw; `auto` asks the environment.
  package func graphics(environment: [String: String], isTerminal: Bool) -> TerminalGraphics {
    switch self {
    case .none: .none
    case .auto: .detected(environment: environment, isTerminal: isTerminal)
    case .kitty: .kitty
    case .iterm: .iterm
    case .sixel: .sixel
    case .blocks: .blocks
    }
  }
}
