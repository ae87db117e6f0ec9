/// Draws a picture in a terminal; what it returns is to be printed as it stands.
///
/// Each drawing takes `rows` lines and leaves the cursor at the start of the line below, so that `redrawn` can go up
/// and draw over it while the picture forms.
package struct TerminalPicture: Sendable {
  package let graphics: TerminalGraphics
  package let colours: TerminalColours
  /// Cells that the drawing takes.
  package let columns: Int
  package let rows: Int
  private let size: TerminalSize

  /// Fits a picture of `width` x `height` pixels into `size`, one line kept free, at most 4 times enlarged.
  package init(
    width: Int, height: Int, size: TerminalSize, graphics: TerminalGraphics, colours: TerminalColours = .all
  ) {
    precondition(width > 0 && height > 0, "TerminalPicture: a picture of \(width)x\(height) pixels is empty")
    self.graphics = graphics
    self.colours = colours
    self.size = size
    let widest = Double(size.columns * size.cellWidth)
    let highest = Double(max(1, size.rows - 1) * size.cellHeight)
    // A half block is one pixel across; elsewhere cells are finer than pixels.
    let most = graphics == .blocks ? Double(size.cellWidth) : 4
    let scale = min(widest / Double(width), highest / Double(height), most)
    columns = min(size.columns, max(1, Int((Double(width) * scale / Double(size.cellWidth)).rounded())))
    rows = min(max(1, size.rows - 1), max(1, Int((Double(height) * scale / Double(size.cellHeight)).rounded())))
  }

  /// The bytes that draw `picture` where the cursor stands.
  package func drawn(_ picture: Picture) throws(PictureError) -> [UInt8] {
    switch graphics {
    case .none: return []
    case .blocks: return Array(halfBlocks(picture).utf8)
    case .kitty: return framed(try KittyGraphics.commands(picture, columns: columns, rows: rows))
    case .iterm: return framed(try ITermGraphics.command(picture, columns: columns, rows: rows))
    case .sixel:
      let scaled = picture.resized(width: columns * size.cellWidth, height: rows * size.cellHeight)
      return framed(Sixel.command(scaled))
    }
  }

  /// The same over the drawing before.
  package func redrawn(_ picture: Picture) throws(PictureError) -> [UInt8] {
    guard graphics != .none else { return [] }
    return Array("\u{1B}[\(rows)A\r".utf8) + (try drawn(picture))
  }

  /// Makes room by line feeds, for the screen may scroll, draws from the first of the lines and goes below them.
  /// Terminals differ in where a picture leaves the cursor, so it is saved and put back.
  private func framed(_ command: [UInt8]) -> [UInt8] {
    let room = String(repeating: "\n", count: rows)
    return Array("\(room)\u{1B}[\(rows)A\r\u{1B}7".utf8) + command + Array("\u{1B}8\u{1B}[\(rows)B\r".utf8)
  }

  private func halfBlocks(_ picture: Picture) -> String {
    let scaled = picture.resized(width: columns, height: rows * 2, filter: .box)
    let indices = colours == .indexed256 ? XtermPalette.dithered(scaled) : []
    func code(_ column: Int, _ row: Int) -> String {
      let colour = scaled[column, row]
      return switch colours {
      case .all: "2;\(colour.red);\(colour.green);\(colour.blue)"
      case .indexed256: "5;\(indices[row * columns + column])"
      }
    }
    var text = ""
    for row in 0..<rows {
      for column in 0..<columns {
        let above = code(column, row * 2)
        let below = code(column, row * 2 + 1)
        text += "\u{1B}[38;\(above);48;\(below)m▀"
      }
      text += "\u{1B}[0m\r\n"
    }
    return text
  }
}
