import Foundation
import JSON

/// A1111's text taken apart: the prompt, "Negative prompt: ..." and the settings.
///
/// A1111 writes each on lines of its own, the settings on the last. Scripts break that line, and sites and programs that
/// copy it lose its line breaks; both are read as what they were.
struct Infotext {
  private(set) var prompt = ""
  private(set) var negativePrompt = ""
  private(set) var settings: [GenerationParameters.Other] = []

  private static let negativeMark = "Negative prompt:"

  init(_ text: String) {
    var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    while lines.last.map({ $0.allSatisfy(\.isWhitespace) }) == true { lines.removeLast() }
    var start = lines.lastIndex { Self.beginsWithSteps($0.drop(while: \.isWhitespace)) }
    if start == nil, let last = lines.last, SettingsLine.begins(last) { start = lines.count - 1 }
    let isWhole = start.map { takeSettings(from: &lines, at: $0) } ?? false
    let isBroken = !isWhole && takeJoinedSettings(from: &lines)
    if !isWhole, !isBroken, !lines.isEmpty { _ = takeSettings(from: &lines, at: lines.count - 1) }
    var negativeLine = lines.firstIndex { $0.drop(while: \.isWhitespace).hasPrefix(Self.negativeMark) }
    if negativeLine == nil, isBroken, let last = lines.last, let mark = last.firstRange(of: Self.negativeMark) {
      lines[lines.count - 1] = Self.withoutJoint(last[..<mark.lowerBound])
      lines.append(last[mark.lowerBound...])
      negativeLine = lines.count - 1
    }
    let end = negativeLine ?? lines.count
    prompt = Self.trimmed(lines[..<end].joined(separator: "\n"))
    let negative = Self.trimmed(lines[end...].joined(separator: "\n"))
    negativePrompt = Self.trimmed(String(negative.trimmingPrefix(Self.negativeMark)))
  }

  /// From a line to the end.
  private mutating func takeSettings(from lines: inout [Substring], at start: Int) -> Bool {
    guard let line = SettingsLine(lines[start...].joined(separator: "\n")) else { return false }
    settings = line.pairs
    lines.removeSubrange(start...)
    return true
  }

  /// Settings behind a prompt on the last line: "a cat, Steps: 20, Sampler: ...".
  private mutating func takeJoinedSettings(from lines: inout [Substring]) -> Bool {
    guard let last = lines.last else { return false }
    let mark = last.ranges(of: "Steps:").last {
      $0.lowerBound > last.startIndex && " ,.\t".contains(last[last.index(before: $0.lowerBound)])
        && Self.beginsWithSteps(last[$0.lowerBound...])
    }
    guard let mark, let line = SettingsLine(String(last[mark.lowerBound...])), line.pairs.count >= 3 else {
      return false
    }
    settings = line.pairs
    lines[lines.count - 1] = Self.withoutJoint(last[..<mark.lowerBound])
    return true
  }

  private static func beginsWithSteps(_ text: Substring) -> Bool {
    text.hasPrefix("Steps:") && text.dropFirst("Steps:".count).drop { $0 == " " }.first?.isNumber == true
  }

  /// Without the comma, the blank or (as exiftool shows it) the full stop that took the place of a line break.
  private static func withoutJoint(_ text: Substring) -> Substring {
    var text = text
    if text.last == "." { text.removeLast() }
    while text.last?.isWhitespace == true { text.removeLast() }
    if text.last == "," { text.removeLast() }
    return text
  }

  private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}

/// "Key: value, Key: "quoted value", ...": the last line of A1111's text.
private struct SettingsLine {
  private(set) var pairs: [GenerationParameters.Other] = []

  /// Keys that every writer of such lines knows; one at least tells settings from a prompt with colons in it.
  private static let known: Set<String> = [
    "Steps", "Sampler", "CFG scale", "Seed", "Size", "Model", "Model hash", "Version",
  ]

  static func begins(_ line: Substring) -> Bool { known.contains { line.hasPrefix("\($0): ") } }

  /// Nil where the line is more likely part of a prompt: A1111's rule is at least three pairs; a line that begins
  /// with "Steps: " and a number is taken with fewer.
  init?(_ line: String) {
    var rest = line[...]
    // One that is never closed is the last that is looked for: a long text of them would take for ever.
    var hasBrackets = true
    while !rest.isEmpty, let pair = Self.takePair(from: &rest, &hasBrackets) {
      pairs.append(pair)
    }
    let beginsWithSteps = pairs.first.map { $0.key == "Steps" && Int($0.value) != nil } ?? false
    guard beginsWithSteps || pairs.count >= 3 && pairs.contains(where: { Self.known.contains($0.key) }) else {
      return nil
    }
  }

  /// A key of letters, digits, blanks, '-', '/' and '_', a colon, a value up to the next comma or line end, or in quotes or
  /// brackets.
  private static func takePair(
    from rest: inout Substring, _ hasBrackets: inout Bool
  ) -> GenerationParameters.Other? {
    // As A1111's regular expression does: what does not begin a key is passed over.
    while let colon = rest.firstIndex(of: ":") {
      let before = rest[..<colon]
      let keyStart = before.lastIndex { !isKey($0) }.map { before.index(after: $0) } ?? before.startIndex
      let key = before[keyStart...].drop(while: \.isWhitespace)
      rest = rest[rest.index(after: colon)...]
      guard !key.isEmpty else { continue }
      rest = rest.drop { $0 == " " || $0 == "\t" }
      let value =
        takeQuoted(from: &rest) ?? takeBracketed(from: &rest, &hasBrackets) ?? takePlain(from: &rest)
      return GenerationParameters.Other(String(key), value)
    }
    rest = ""
    return nil
  }

  private static func isKey(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || " _-/".contains(character)
  }

  private static func takePlain(from rest: inout Substring) -> String {
    let value = rest.prefix { $0 != "," && !$0.isNewline }
    rest = rest[value.endIndex...].dropFirst()
    return value.trimmingCharacters(in: .whitespaces)
  }

  /// A JSON string before a comma or the end; nil where there is none. Some writers leave line ends in it as they are.
  private static func takeQuoted(from rest: inout Substring) -> String? {
    guard let end = endOfString(in: rest), let after = rest.afterValue(endingAt: end) else { return nil }
    let text = rest[..<end].unicodeScalars.map { scalar in
      switch scalar {
      case "\n": "\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      default: String(scalar)
      }
    }
    guard let value = JSONValue(metadata: text.joined())?.string else { return nil }
    rest = after
    return value
  }

  /// A JSON object or array before a comma or the end, as it stands; nil where there is none.
  private static func takeBracketed(from rest: inout Substring, _ hasBrackets: inout Bool) -> String? {
    guard hasBrackets, rest.first == "{" || rest.first == "[" else { return nil }
    hasBrackets = false
    let scalars = rest.unicodeScalars
    var depth = 0
    var index = scalars.startIndex
    while index < scalars.endIndex {
      switch scalars[index] {
      case "{", "[": depth += 1
      case "}", "]": depth -= 1
      case "\"":
        guard let end = endOfString(in: rest[index...]) else { return nil }
        index = end
        continue
      default: break
      }
      scalars.formIndex(after: &index)
      if depth == 0 { break }
    }
    guard depth == 0, let after = rest.afterValue(endingAt: index) else { return nil }
    let value = String(rest[..<index])
    guard JSONValue(metadata: value) != nil else { return nil }
    rest = after
    hasBrackets = true
    return value
  }

  /// Behind the quote that closes the string which `text` begins with.
  private static func endOfString(in text: Substring) -> Substring.Index? {
    let characters = text.unicodeScalars
    guard characters.first == "\"" else { return nil }
    var index = characters.index(after: characters.startIndex)
    while index < characters.endIndex, characters[index] != "\"" {
      if characters[index] == "\\" { characters.formIndex(after: &index) }
      if index < characters.endIndex { characters.formIndex(after: &index) }
    }
    return index < characters.endIndex ? characters.index(after: index) : nil
  }
}

extension Substring {
  /// What follows a value and its comma; nil where something else does.
  fileprivate func afterValue(endingAt end: Index) -> Substring? {
    let after = self[end...].drop { $0 == " " || $0 == "\t" }
    guard let next = after.first else { return after }
    return next == "," || next.isNewline ? after.dropFirst() : nil
  }
}
