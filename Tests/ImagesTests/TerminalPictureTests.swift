import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Pictures in the terminal")
struct TerminalPictureTests {
  @Test("In 256 colours an area has its colour on the whole") func ditheredBlocks() {
    for (red, green, blue) in [(200, 60, 40), (20, 120, 110), (128, 128, 140)] as [(UInt8, UInt8, UInt8)] {
      let picture = Picture(width: 24, height: 24, red: red, green: green, blue: blue)
      let indices = XtermPalette.dithered(picture)
      var sums = [0, 0, 0]
      for index in indices {
        let levels = [0, 95, 135, 175, 215, 255]
        let cube = index - 16
        let colour =
          index >= 232
          ? [Int](repeating: 8 + 10 * (index - 232), count: 3)
          : [levels[cube / 36], levels[cube / 6 % 6], levels[cube % 6]]
        for channel in 0..<3 { sums[channel] += colour[channel] }
      }
      for (sum, wished) in zip(sums, [red, green, blue]) { #expect(abs(sum / indices.count - Int(wished)) <= 6) }
    }
  }

  @Test(
    "What --preview=auto means",
    arguments: [
      (["TERM": "xterm-kitty"], .kitty), (["TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"], .kitty),
      (["TERM": "xterm-ghostty", "GHOSTTY_RESOURCES_DIR": "/x"], .kitty),
      (["TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"], .iterm),
      (["TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"], .iterm),
      (["TERM": "xterm-256color", "KONSOLE_VERSION": "230800"], .iterm), (["TERM": "foot"], .sixel),
      (["TERM": "xterm-256color"], .blocks), (["TERM": "dumb", "KITTY_WINDOW_ID": "1"], .none), ([:], .none),
      (["TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"], .blocks),
      (["TERM": "xterm-kitty", "TMUX": "socket,1,0"], .blocks), (["TERM": "screen", "STY": "1"], .blocks),
      (["TERM": "xterm", "NO_COLOR": "1"], .none), (["TERM": "xterm-kitty", "NO_COLOR": "1"], .kitty),
    ] as [([String: String], TerminalGraphics)])
  func detection(environment: [String: String], expected: TerminalGraphics) {
    #expect(TerminalGraphics.detected(environment: environment, isTerminal: true) == expected)
    #expect(TerminalGraphics.detected(environment: environment, isTerminal: false) == .none)
  }

  @Test("The drawing fits and keeps its shape", arguments: [(512, 512), (1024, 256), (100, 3000), (1, 1), (16_000, 1)])
  func size(width: Int, height: Int) {
    for graphics in TerminalGraphics.allCases {
      let picture = TerminalPicture(
        width: width, height: height, size: TerminalSize(columns: 80, rows: 24), graphics: graphics)
      #expect((1...80).contains(picture.columns) && (1...23).contains(picture.rows))
    }
    let square = TerminalPicture(width: 512, height: 512, size: TerminalSize(columns: 80, rows: 24), graphics: .blocks)
    #expect(square.columns == 46 && square.rows == 23)
  }

  @Test("Half blocks: two pixels a cell, colours reset at every line") func blocks() throws {
    let picture = Picture(width: 1, height: 2, pixels: [255, 0, 0, 0, 0, 255])
    let size = TerminalSize(columns: 1, rows: 2, cellWidth: 1, cellHeight: 2)
    let all = TerminalPicture(width: 1, height: 2, size: size, graphics: .blocks)
    #expect(
      try String(decoding: all.drawn(picture), as: UTF8.self) == "\u{1B}[38;2;255;0;0;48;2;0;0;255m▀\u{1B}[0m\r\n")
    #expect(try all.redrawn(picture).starts(with: Array("\u{1B}[1A\r".utf8)))
    let few = TerminalPicture(width: 1, height: 2, size: size, graphics: .blocks, colours: .indexed256)
    #expect(try String(decoding: few.drawn(picture), as: UTF8.self) == "\u{1B}[38;5;196;48;5;21m▀\u{1B}[0m\r\n")
  }

  @Test("xterm's palette", arguments: [(0, 0, 0, 16), (255, 255, 255, 231), (128, 128, 128, 244), (95, 135, 175, 67)])
  func palette(red: Int, green: Int, blue: Int, index: Int) { #expect(XtermPalette.index(red, green, blue) == index) }

  private func noise(_ side: Int) -> Picture {
    var random = SeededRandom(seed: 1)
    return Picture(
      width: side, height: side, pixels: (0..<side * side * 3).map { _ in UInt8.random(in: 0...255, using: &random) })
  }

  @Test("Kitty's chunks are at most 4,096 characters and hold the PNG") func kitty() throws {
    let picture = noise(60)
    let text = String(decoding: try KittyGraphics.commands(picture, columns: 12, rows: 6), as: UTF8.self)
    let chunks = text.split(separator: "\u{1B}_G").map { $0.replacing("\u{1B}\\", with: "") }
    #expect(chunks.count > 2)
    #expect(chunks[0].hasPrefix("a=T,f=100,i=") && chunks[0].contains(",c=12,r=6,C=1,q=2,m=1;"))
    #expect(chunks.dropFirst().dropLast().allSatisfy { $0.hasPrefix("m=1;") } && chunks.last?.hasPrefix("m=0;") == true)
    let payloads = chunks.map { String($0[$0.index(after: $0.firstIndex(of: ";")!)...]) }
    #expect(payloads.allSatisfy { $0.count <= 4_096 } && payloads.dropLast().allSatisfy { $0.count == 4_096 })
    let file = try #require(Data(base64Encoded: payloads.joined()))
    #expect(try Picture(bytes: Array(file), name: "payload") == picture)
  }

  @Test("iTerm2's command holds the PNG") func iterm() throws {
    let picture = noise(9)
    let text = String(decoding: try ITermGraphics.command(picture, columns: 3, rows: 2), as: UTF8.self)
    #expect(text.hasPrefix("\u{1B}]1337;File=inline=1;size=") && text.hasSuffix("\u{07}"))
    let payload = text.dropLast().split(separator: ":")[1]
    let file = try #require(Data(base64Encoded: String(payload)))
    #expect(try Picture(bytes: Array(file), name: "payload") == picture)
  }

  @Test("Sixels: header, colours in percent, runs") func sixel() {
    let red = Picture(width: 10, height: 7, red: 255, green: 0, blue: 0)
    let expected = "\u{1B}P0;1;0q\"1;1;10;7#210;2;100;0;0#210!10~-#210!10@-\u{1B}\\"
    #expect(String(decoding: Sixel.command(red), as: UTF8.self) == expected)
  }

  @Test("Sixel dithering keeps the mean of a grey") func dithering() {
    let grey = Picture(width: 64, height: 6, red: 100, green: 100, blue: 100)
    let text = String(decoding: Sixel.command(grey), as: UTF8.self)
    #expect(text.split(separator: ";2;").count > 2, "a grey between two levels takes more than one colour")
  }

  @Test("Pictures keep the cursor below them") func frame() throws {
    let drawing = TerminalPicture(width: 40, height: 40, size: TerminalSize(columns: 8, rows: 5), graphics: .sixel)
    let text = String(decoding: try drawing.drawn(noise(40)), as: UTF8.self)
    let rows = drawing.rows
    #expect(text.hasPrefix(String(repeating: "\n", count: rows) + "\u{1B}[\(rows)A\r\u{1B}7"))
    #expect(text.hasSuffix("\u{1B}8\u{1B}[\(rows)B\r"))
    #expect(
      try TerminalPicture(width: 4, height: 4, size: TerminalSize(columns: 8, rows: 5), graphics: .none).drawn(noise(4))
        .isEmpty)
  }
}
