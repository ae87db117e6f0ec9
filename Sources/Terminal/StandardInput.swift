import Foundation
import Images
import System

/// Standard input, which may be closed or a folder.
package enum StandardInput {
  private static let unreadable = UserError.input(
    "Standard input cannot be read: it is closed, or no file or pipe.")

  /// Whether a person types it.
  package static let isTerminal = isatty(STDIN_FILENO) == 1

  /// Asks a person at the terminal; only `y` and `yes` agree.
  /// - Throws: ``UserError/input(_:)``
  package static func agrees(_ question: String) throws -> Bool {
    Console.write("\(question.harmless) [y/N] ")
    guard let answer = readLine()?.trimmingCharacters(in: .whitespaces).lowercased() else { return false }
    return ["y", "yes"].contains(answer)
  }

  /// All that is left of it.
  ///
  /// - Parameters:
  ///   - limit: Bytes that are read at most.
  ///   - what: As it stands in a sentence: "prompts".
  /// - Throws: ``UserError/input(_:)``
  package static func read(atMost limit: Int, for what: String) throws -> [UInt8] {
    guard let bytes = BoundedInput.bytes(STDIN_FILENO, atMost: limit) else { throw unreadable }
    guard bytes.count <= limit else {
      throw UserError.input("Standard input holds more than \(ByteCount(limit)) of \(what).")
    }
    return bytes
  }

  /// All that is left of it as a prompt; a mark of byte order is no part of it.
  /// - Throws: ``UserError/input(_:)``, also where no prompt could hold it.
  package static func readPrompt() throws -> String {
    guard let read = BoundedInput.bytes(STDIN_FILENO, atMost: longestText) else { throw unreadable }
    let bytes = withoutByteOrderMark(read)
    // Too long to be painted, which is said where prompts are checked.
    guard bytes.count <= longestText else { return String(decoding: bytes, as: UTF8.self) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw UserError.input("The prompt on standard input is not UTF-8.")
    }
    if let place = bytes.firstIndex(of: 0) {
      let line = bytes[..<place].count { $0 == lineEnd } + 1
      throw UserError.input("The prompt on standard input holds a NUL character in line \(line), which no prompt may.")
    }
    return text
  }

  /// Bytes of a prompt, or of a line that is one.
  private static let longestText = 1 << 20

  /// All that is left of it as one text, without a mark of byte order and the end of its last line.
  /// - Throws: ``UserError/input(_:)``
  package static func readText() throws -> String {
    var bytes = withoutByteOrderMark(try read(atMost: longestText, for: "text"))
    if bytes.last == lineEnd { bytes.removeLast() }
    return text(bytes[...])
  }

  /// Calls `body` with the lines that have come in, without their ends, whenever some have: whoever writes one and waits for
  /// an answer gets it.
  /// - Throws: ``UserError/input(_:)``, or what `body` throws.
  package static func forEachLines(_ body: ([String]) throws -> Void) throws {
    var rest: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe Foundation.read(STDIN_FILENO, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unreadable }
      guard count > 0 else { break }
      guard let end = block[..<count].lastIndex(of: lineEnd) else {
        rest += block[..<count]
        guard rest.count <= longestText else { throw longLine }
        continue
      }
      let whole = rest + block[..<end]
      rest = Array(block[(end + 1)..<count])
      try body(whole.split(separator: lineEnd, omittingEmptySubsequences: false).map(text))
    }
    if !rest.isEmpty { try body([text(rest[...])]) }
  }

  private static let longLine = UserError.input(
    "A line on standard input is longer than \(ByteCount(longestText)).")

  private static func withoutByteOrderMark(_ bytes: [UInt8]) -> [UInt8] {
    bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
  }

  private static let lineEnd = UInt8(ascii: "\n")

  /// A line or the last of several, without a carriage return at its end.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes, as: UTF8.self)
  }
}

extension PictureFile {
  /// A picture by name, or the one on standard input for `-`.
  package init(namedOrPiped name: String) throws(PictureError) {
    if name == "-" {
      try self.init(descriptor: STDIN_FILENO, name: "standard input")
    } else {
      try self.init(contentsOf: name)
    }
  }
}
