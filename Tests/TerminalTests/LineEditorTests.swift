import Foundation
import Testing

@testable import Terminal

@Suite struct KeyTests {
  private func keys(_ text: String) -> [Key] {
    var decoder = KeyDecoder()
    decoder.add(Array(text.utf8))
    var keys: [Key] = []
    while let key = decoder.next(isAll: true) { keys.append(key) }
    return keys
  }

  @Test func whatTerminalsSend() {
    #expect(keys("aé🐱") == [.character("a"), .character("é"), .character("🐱")])
    #expect(keys("\u{1B}[A\u{1B}OB\u{1B}[C\u{1B}[D") == [.up, .down, .right, .left])
    #expect(keys("\u{1B}[H\u{1B}[4~\u{1B}[3~\u{1B}[1;5C\u{1B}[1;3D") == [.home, .end, .delete, .wordRight, .wordLeft])
    #expect(keys("\r\n\t\u{7F}\u{1}\u{12}") == [.enter, .enter, .tab, .backspace, .control("a"), .control("r")])
    #expect(keys("\u{1B}[200~two\nlines\u{1B}[201~x") == [.pasted("two\nlines"), .character("x")])
    #expect(keys("\u{1B}bx\u{1B}") == [.alt("b"), .character("x"), .escape])
    #expect(keys("\u{1B}[99;99u") == [.unknown])
  }

  @Test func halvesWaitForTheirRest() {
    var decoder = KeyDecoder()
    let parts: [([UInt8], Key?)] = [
      ([0x1B], nil), (Array("[".utf8), nil), (Array("A".utf8), .up), ([0xF0, 0x9F], nil),
      ([0x90, 0xB1], .character("🐱")),
    ]
    for (bytes, expected) in parts {
      decoder.add(bytes)
      let key = decoder.next(isAll: false)
      #expect(key == expected)
    }
  }

  @Test func anyBytesEnd() {
    var numbers = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      var decoder = KeyDecoder()
      let bytes = (0..<Int.random(in: 1...40, using: &numbers)).map { _ in
        Bool.random() ? UInt8.random(in: 0...255) : [0x1B, 0x5B, 0x4F, 0x7E].randomElement() ?? 0
      }
      decoder.add(bytes)
      var line = LineBuffer()
      var count = 0
      while let key = decoder.next(isAll: true) {
        _ = line.take(key)
        count += 1
      }
      // A paste that does not end waits for its end.
      #expect(count <= bytes.count && (!decoder.isWaiting || String(decoding: bytes, as: UTF8.self).contains("[200~")))
      #expect(line.cursor <= line.characters.count)
    }
  }
}

@Suite struct LineBufferTests {
  private func line(_ keys: Key...) -> LineBuffer {
    var line = LineBuffer()
    for key in keys {
      let isTaken = line.take(key)
      #expect(isTaken)
    }
    return line
  }

  @Test func editing() {
    #expect(line(.pasted("a cat"), .home, .wordRight, .character("!")).text == "a! cat")
    #expect(line(.pasted("a red cat"), .control("w"), .pasted("fox")).text == "a red fox")
    #expect(line(.pasted("a red cat"), .wordLeft, .control("k")).text == "a red ")
    #expect(line(.pasted("a red cat"), .control("u"), .control("y"), .control("y")).text == "a red cata red cat")
    #expect(line(.pasted("ab"), .left, .backspace).text == "b")
    #expect(line(.pasted("ab"), .home, .delete, .delete, .delete).text == "")
    #expect(line(.pasted("one\ntwo\n")).text == "one two")
    #expect(line(.pasted("a\u{1B}[31mb\u{0}")).text == "a[31mb")
    // An accent joins the letter before it.
    #expect(line(.character("e"), .character("\u{301}")).cursor == 1)
    #expect(!LineBuffer().takes(.enter))
  }

  @Test func longLinesShowThePlaceOfTheCursor() {
    var line = line(.pasted(String(repeating: "x", count: 50)))
    #expect(line.window(columns: 20).text.first == "‹" && line.window(columns: 20).cursor <= 19)
    _ = line.take(.home)
    #expect(line.window(columns: 20).text.hasSuffix("›") && line.window(columns: 20).cursor == 0)
    #expect(LineBuffer("猫と犬").window(columns: 20).cursor == 6)
    for width in 1...60 {
      let window = line.window(columns: width)
      #expect(window.text.count <= max(width, 3))
    }
  }
}

extension LineBuffer {
  fileprivate func takes(_ key: Key) -> Bool {
    var line = self
    return line.take(key)
  }
}

@Suite struct LineHistoryTests {
  @Test func linesComeBack() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "limn-lines-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "state/lines").path
    var history = LineHistory(path: path)
    for line in ["a cat", "a dog", "a dog", "!steps 8"] { history.add(line) }
    let rights = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(rights == 0o600)
    history = LineHistory(path: path)
    #expect(history.lines == ["a cat", "a dog", "!steps 8"])
    let earlier = [history.previous(from: "half"), history.previous(from: "!steps 8")]
    #expect(earlier == ["!steps 8", "a dog"])
    let later = [history.next(), history.next(), history.next()]
    #expect(later == ["!steps 8", "half", nil])
    #expect(history.last(holding: "CAT") == 0 && history.last(holding: "a ", before: 1) == 0)
    #expect(history.last(holding: "fish") == nil)
  }

  @Test func aFileThatIsNoneIsPassedOver() {
    var history = LineHistory(path: "/dev/null/lines")
    history.add("a cat")
    #expect(history.lines == ["a cat"])
  }
}
