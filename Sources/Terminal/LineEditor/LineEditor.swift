import Foundation
import System

/// Reads lines from a person at a terminal, who can edit them and take those that were typed before.
///
/// Draws on standard error.
package struct LineEditor {
  /// What came of it.
  package enum Entry: Equatable, Sendable {
    case line(String)
    /// Ctrl-C: what was typed is given up.
    case givenUp(wasEmpty: Bool)
    /// Ctrl-D on an empty line, or the terminal is gone.
    case end
  }

  package var history: LineHistory
  private let completions: @Sendable (String) -> [String]
  private var decoder = KeyDecoder()
  private var ready: [Key] = []
  private var line = LineBuffer()
  /// What is looked for among the lines before, and which was found.
  private var search: (text: String, found: Int?)?

  /// - Parameter completions: What a line that begins so may become, for Tab.
  package init(history: LineHistory, completions: @escaping @Sendable (String) -> [String] = { _ in [] }) {
    self.history = history
    self.completions = completions
  }

  package mutating func read(prompt: String) -> Entry {
    guard let terminal = RawTerminal() else { return .end }
    line = LineBuffer()
    search = nil
    history.leave()
    defer { terminal.restore() }
    while true {
      draw(prompt)
      guard let key = nextKey(terminal) else { return leave("", .end) }
      if search != nil {
        if takeSearching(key) { continue }
      }
      switch key {
      case .enter: return leave("", .line(line.text))
      case .control("c"): return leave("^C", .givenUp(wasEmpty: line.isEmpty))
      case .control("d") where line.isEmpty: return leave("", .end)
      case .control("l"): Console.write("\u{1B}[H\u{1B}[2J")
      case .control("r"): search = ("", nil)
      case .control("z"): terminal.suspend()
      case .up, .control("p"): if let earlier = history.previous(from: line.text) { line.replace(by: earlier) }
      case .down, .control("n"): if let later = history.next() { line.replace(by: later) }
      case .tab: complete()
      default: _ = line.take(key)
      }
    }
  }

  /// Leaves the line as it stands and goes below it.
  private mutating func leave(_ mark: String, _ entry: Entry) -> Entry {
    Console.write(mark + "\r\n")
    return entry
  }

  private mutating func nextKey(_ terminal: RawTerminal) -> Key? {
    while true {
      if let key = decoder.next(isAll: false) { return key }
      // The rest of a key comes with its beginning.
      switch terminal.bytes(waitingFor: decoder.isWaiting ? 50 : nil) {
      case .bytes(let bytes): decoder.add(bytes)
      case .nothing: if let key = decoder.next(isAll: true) { return key }
      case .end: return nil
      }
    }
  }

  /// Takes a key while looking for a line; whatever does not belong to that ends it with what was found.
  private mutating func takeSearching(_ key: Key) -> Bool {
    guard var sought = search else { return false }
    switch key {
    case .character(let character): sought.text.append(character)
    case .backspace: if !sought.text.isEmpty { sought.text.removeLast() }
    case .control("r"):
      if let older = history.last(holding: sought.text, before: sought.found) { sought.found = older }
      search = sought
      return true
    case .control("g"), .control("c"), .escape:
      search = nil
      return true
    default:
      if let found = sought.found { line.replace(by: history.lines[found]) }
      search = nil
      return key == .tab
    }
    sought.found = history.last(holding: sought.text)
    search = sought
    return true
  }

  /// Goes on as far as all completions agree; where they part, they are shown.
  private mutating func complete() {
    let known = completions(line.text)
    guard let first = known.first else { return }
    let common = known.dropFirst().reduce(first) { $0.commonPrefix(with: $1) }
    if known.count > 1, common.count <= line.text.count {
      Console.write("\r\n" + known.prefix(60).joined(separator: "  ").harmlessLine + "\r\n")
    } else {
      line.replace(by: common)
    }
  }

  private func draw(_ prompt: String) {
    let (columns, _) = Console.size
    var label = prompt
    var shown = line
    if let search {
      label = "(\(search.text.harmlessLine)) "
      shown = LineBuffer(search.found.map { history.lines[$0] } ?? "")
    }
    let width = label.map(\.columns).reduce(0, +)
    let (text, cursor) = shown.window(columns: max(4, columns - width))
    Console.write("\(Console.cleared)\(label)\(text)\r\u{1B}[\(width + cursor)C")
  }
}
