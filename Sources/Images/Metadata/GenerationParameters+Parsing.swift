import Foundation
import JSON

extension GenerationParameters {
  /// Reads A1111's text as A1111's `parse_generation_parameters` does, and what Forge, SD.Next and
  /// stable-diffusion.cpp make of it. Whatever is missing stays nil; any text is at least a prompt.
  package init(parsing text: String) {
    self.init()
    var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    while lines.last.map({ $0.allSatisfy(\.isWhitespace) }) == true { lines.removeLast() }
    if let last = lines.last, let settings = SettingsLine(last) {
      lines.removeLast()
      others = settings.pairs.filter { !take($0) }
    }
    let negativeMark = "Negative prompt:"
    let firstNegative = lines.firstIndex { $0.drop(while: \.isWhitespace).hasPrefix(negativeMark) } ?? lines.count
    prompt = Self.trimmed(lines[..<firstNegative].joined(separator: "\n"))
    let negative = Self.trimmed(lines[firstNegative...].joined(separator: "\n"))
    negativePrompt = Self.trimmed(String(negative.dropFirst(negative.hasPrefix(negativeMark) ? negativeMark.count : 0)))
  }

  /// Puts one setting where it belongs; false where it has no place or makes no sense there.
  private mutating func take(_ setting: Other) -> Bool {
    let value = setting.value
    switch setting.key {
    case "Steps": return take(Int(value), as: \.steps)
    case "CFG scale": return take(Self.number(value), as: \.guidance)
    case "Seed": return take(UInt64(value), as: \.seed)
    case "Size":
      let sides = value.split(separator: "x").compactMap { Int($0) }
      return sides.count == 2 && take(sides[0], as: \.width) && take(sides[1], as: \.height)
    case "Model hash": return take(value, as: \.modelHash)
    case "Model": return take(value, as: \.model)
    case "Denoising strength": return take(Self.number(value), as: \.strength)
    case "Clip skip": return take(Int(value), as: \.clipSkip)
    case "RNG": return take(ForeignNames.read(value, ForeignNames.randomSources) ?? value, as: \.randomSource)
    case "Version": return take(value, as: \.version)
    case "Schedule type": return take(ForeignNames.read(value, ForeignNames.schedules) ?? value, as: \.schedule)
    case "Sampler":
      let names = ForeignNames.readSampler(value)
      schedule = schedule ?? names.schedule
      return take(names.sampler, as: \.sampler)
    default: return false
    }
  }

  private mutating func take<Value>(_ value: Value?, as property: WritableKeyPath<Self, Value?>) -> Bool {
    guard let value else { return false }
    self[keyPath: property] = value
    return true
  }

  private static func number(_ text: String) -> Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }

  private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}

/// "Key: value, Key: "quoted value", ...": the last line of A1111's text.
private struct SettingsLine {
  private(set) var pairs: [GenerationParameters.Other] = []

  /// Nil where the line is more likely part of a prompt: A1111's rule is at least three pairs; a line that begins
  /// with "Steps: " and a number is taken with fewer.
  init?(_ line: Substring) {
    var rest = line
    while !rest.isEmpty, let pair = Self.takePair(from: &rest) {
      pairs.append(pair)
    }
    let beginsWithSteps = pairs.first.map { $0.key == "Steps" && Int($0.value) != nil } ?? false
    guard pairs.count >= 3 || beginsWithSteps else { return nil }
  }

  /// A key of letters, digits, blanks, '-', '/' and '_', a colon, a value up to the next comma or in quotes.
  private static func takePair(from rest: inout Substring) -> GenerationParameters.Other? {
    // As A1111's regular expression does: what does not begin a key is passed over.
    while let colon = rest.firstIndex(of: ":") {
      let before = rest[..<colon]
      let keyStart = before.lastIndex { !isKey($0) }.map { before.index(after: $0) } ?? before.startIndex
      let key = before[keyStart...].drop(while: \.isWhitespace)
      rest = rest[rest.index(after: colon)...]
      guard !key.isEmpty else { continue }
      rest = rest.drop(while: \.isWhitespace)
      let value = takeQuoted(from: &rest) ?? takePlain(from: &rest)
      return GenerationParameters.Other(String(key), value)
    }
    rest = ""
    return nil
  }

  private static func isKey(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || " _-/".contains(character)
  }

  private static func takePlain(from rest: inout Substring) -> String {
    let value = rest.prefix { $0 != "," }
    rest = rest[value.endIndex...].dropFirst()
    return value.trimmingCharacters(in: .whitespaces)
  }

  /// A JSON string before a comma or the end; nil where there is none.
  private static func takeQuoted(from rest: inout Substring) -> String? {
    guard rest.first == "\"" else { return nil }
    let characters = rest.unicodeScalars
    var index = characters.index(after: characters.startIndex)
    while index < characters.endIndex, characters[index] != "\"" {
      if characters[index] == "\\" { characters.formIndex(after: &index) }
      if index < characters.endIndex { characters.formIndex(after: &index) }
    }
    guard index < characters.endIndex else { return nil }
    let end = characters.index(after: index)
    let after = rest[end...].drop(while: \.isWhitespace)
    guard after.isEmpty || after.first == "," else { return nil }
    guard let value = JSONValue(metadata: String(rest[..<end]))?.string else { return nil }
    rest = after.dropFirst()
    return value
  }
}
