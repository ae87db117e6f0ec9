/// A prompt in AUTOMATIC1111's syntax, taken apart: stretches of text with their weights, and breaks.
///
///     (x)        weight 1.1       (x:1.3)   weight 1.3       [x]   weight 1/1.1
///     \( \) \[ \] \\   the character itself                  BREAK   the rest starts a new chunk
///     <lora:name:0.8>  not text, but listed apart
///
/// Brackets nest and multiply. What is never closed holds to the end; what was never opened is text. Behaviour:
/// `parse_prompt_attention` of stable-diffusion-webui 1.10, but that a break inside of brackets is a break too
/// (there it becomes the word, with a negative weight).
package struct PromptWeights: Sendable, Equatable {
  package enum Part: Sendable, Equatable {
    case text(String, weight: Double)
    case chunkBreak
  }

  /// No two neighbours have the same weight. Never empty: an empty prompt is one empty text.
  package let parts: [Part]
  package let loras: [LoRAMention]

  /// - Throws: when a `<lora:...>` makes no sense, and for what A1111 does otherwise than this reads it
  ///   (``PromptConstruct``).
  package init(parsing prompt: String) throws(TokenizerError) {
    let (scalars, loras) = try LoRAMention.extract(from: prompt)
    if let construct = PromptConstruct.first(in: scalars) { throw .prompt(problem: construct.problem) }
    var parser = PromptWeightsParser(scalars)
    parts = parser.parse()
    self.loras = loras
  }
}

/// One pass over the prompt; brackets multiply what was collected since they opened.
private struct PromptWeightsParser {
  private static let roundBracketFactor = 1.1
  private static let squareBracketFactor = 1 / 1.1
  /// Brackets nested deeper are text, so that time stays linear in the length of the prompt; long before that,
  /// weights mean nothing any more.
  private static let deepestNesting = 256

  private struct Piece {
    var text: [Unicode.Scalar]
    var weight = 1.0
    var isBreak = false
  }

  private let prompt: [Unicode.Scalar]
  private var position = 0
  private var pieces: [Piece] = []
  /// For each open bracket, how many pieces there were before it.
  private var roundBrackets: [Int] = []
  private var squareBrackets: [Int] = []

  init(_ prompt: [Unicode.Scalar]) { self.prompt = prompt }

  mutating func parse() -> [PromptWeights.Part] {
    while position < prompt.count { step() }
    for start in roundBrackets { multiply(from: start, by: Self.roundBracketFactor) }
    for start in squareBrackets { multiply(from: start, by: Self.squareBracketFactor) }
    if pieces.isEmpty { pieces = [Piece(text: [])] }
    return merged()
  }

  private mutating func step() {
    let scalar = prompt[position]
    switch scalar {
    case "\\":
      let isEscape = position + 1 < prompt.count && ["(", ")", "[", "]", "\\"].contains(prompt[position + 1])
      // A backslash before anything else vanishes.
      pieces.append(Piece(text: isEscape ? [prompt[position + 1]] : []))
      position += isEscape ? 2 : 1
    case "(" where roundBrackets.count < Self.deepestNesting:
      roundBrackets.append(pieces.count)
      position += 1
    case "[" where squareBrackets.count < Self.deepestNesting:
      squareBrackets.append(pieces.count)
      position += 1
    case ":":
      if let start = roundBrackets.last, let (weight, end) = explicitWeight() {
        roundBrackets.removeLast()
        multiply(from: start, by: weight)
        position = end
      } else {
        appendLiteral()
      }
    case ")" where !roundBrackets.isEmpty:
      multiply(from: roundBrackets.removeLast(), by: Self.roundBracketFactor)
      position += 1
    case "]" where !squareBrackets.isEmpty:
      multiply(from: squareBrackets.removeLast(), by: Self.squareBracketFactor)
      position += 1
    case "(", ")", "[", "]":
      appendLiteral()
    default:
      appendText()
    }
  }

  private mutating func multiply(from start: Int, by factor: Double) {
    for index in start..<pieces.count { pieces[index].weight *= factor }
  }

  private mutating func appendLiteral() {
    pieces.append(Piece(text: [prompt[position]]))
    position += 1
  }

  /// At a colon: the number and the position after the bracket of `: 1.3 )`.
  private func explicitWeight() -> (weight: Double, end: Int)? {
    var index = position + 1
    func skipBlanks() { while index < prompt.count, prompt[index].isPythonBlank { index += 1 } }
    skipBlanks()
    var number = ""
    if index < prompt.count, prompt[index] == "+" || prompt[index] == "-" {
      number.unicodeScalars.append(prompt[index])
      index += 1
    }
    while index < prompt.count, let digit = prompt[index].digitOrPoint {
      number.unicodeScalars.append(digit)
      index += 1
    }
    skipBlanks()
    guard index < prompt.count, prompt[index] == ")", let weight = Double(number), weight.isFinite else { return nil }
    return (weight, index + 1)
  }

  /// Everything up to the next character with a meaning, cut where the word BREAK stands.
  private mutating func appendText() {
    let start = position
    while position < prompt.count, !["\\", "(", ")", "[", "]", ":"].contains(prompt[position]) { position += 1 }
    let text = prompt[start..<position]
    var partStart = text.startIndex
    var index = text.startIndex
    while index < text.endIndex {
      guard text[index] == "B", let end = endOfBreak(at: index, in: text) else {
        index += 1
        continue
      }
      let part = text[partStart..<index]
      pieces.append(
        Piece(text: Array(part.prefix(through: (part.lastIndex { !$0.isPythonBlank } ?? part.startIndex - 1)))))
      pieces.append(Piece(text: [], isBreak: true))
      index = end
      while index < text.endIndex, text[index].isPythonBlank { index += 1 }
      partStart = index
    }
    pieces.append(Piece(text: Array(text[partStart...])))
  }

  private static let breakWord = Array("BREAK".unicodeScalars)

  private func endOfBreak(at index: Int, in text: ArraySlice<Unicode.Scalar>) -> Int? {
    let end = index + Self.breakWord.count
    guard text[index...].starts(with: Self.breakWord),
      index == text.startIndex || !text[index - 1].isWord,
      end == text.endIndex || !text[end].isWord
    else { return nil }
    return end
  }

  private func merged() -> [PromptWeights.Part] {
    var runs: [Piece] = []
    for piece in pieces {
      if let last = runs.indices.last, !piece.isBreak, !runs[last].isBreak, runs[last].weight == piece.weight {
        runs[last].text += piece.text
      } else {
        runs.append(piece)
      }
    }
    return runs.map { run in
      var text = String.UnicodeScalarView()
      text.append(contentsOf: run.text)
      return run.isBreak ? .chunkBreak : .text(String(text), weight: run.weight)
    }
  }
}

extension Unicode.Scalar {
  /// Python's `[.\d]`, which takes the digits of every script, as ASCII.
  fileprivate var digitOrPoint: Unicode.Scalar? {
    if self == "." { return self }
    guard properties.generalCategory == .decimalNumber, let value = properties.numericValue else { return nil }
    return Unicode.Scalar(0x30 + UInt8(value))
  }
}
