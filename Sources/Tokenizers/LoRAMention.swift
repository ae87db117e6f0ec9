/// A `<lora:name:weight>` in a prompt.
package struct LoRAMention: Sendable, Equatable {
  package let name: String
  /// How strongly the denoiser is changed: the second number if there are two.
  package let weight: Double
  /// How strongly the text encoder is changed.
  package let textEncoderWeight: Double

  package init(name: String, weight: Double = 1, textEncoderWeight: Double? = nil) {
    self.name = name
    self.weight = weight
    self.textEncoderWeight = textEncoderWeight ?? weight
  }

  /// A prompt without its mentions, and without the blank before each or those at the ends.
  /// - Throws: when a mention has no name or a weight that is not a number.
  package static func removed(from prompt: String) throws(TokenizerError) -> (text: String, loras: [LoRAMention]) {
    let loras = try extract(from: prompt).loras
    guard !loras.isEmpty else { return (prompt, []) }
    let rest = prompt.replacing(/\s?<(lora|lyco):[^>]*>/, with: "")
    return (rest.trimmingPrefix(while: \.isWhitespace).withoutTrailingBlanks, loras)
  }

  /// Takes the mentions out of a prompt; everything around them stays as it is.
  /// - Throws: when a mention has no name or a weight that is not a number.
  static func extract(from prompt: String) throws(TokenizerError) -> (prompt: [Unicode.Scalar], loras: [LoRAMention]) {
    let scalars = Array(prompt.unicodeScalars)
    // A1111 takes both for the same.
    let openings = ["<lora:", "<lyco:"].map { Array($0.unicodeScalars) }
    let openingCount = openings[0].count
    var rest: [Unicode.Scalar] = []
    var loras: [LoRAMention] = []
    var position = 0
    var nextClose = 0
    while position < scalars.count {
      let isMention = scalars[position] == "<" && openings.contains { scalars[position...].starts(with: $0) }
      guard isMention else {
        rest.append(scalars[position])
        position += 1
        continue
      }
      nextClose = max(nextClose, position)
      while nextClose < scalars.count, scalars[nextClose] != ">" { nextClose += 1 }
      guard nextClose < scalars.count else {
        rest += scalars[position...]
        break
      }
      loras.append(try LoRAMention(parsing: scalars[(position + openingCount)..<nextClose]))
      position = nextClose + 1
    }
    return (rest, loras)
  }

  /// Reads `name`, `name:weight` or `name:textEncoderWeight:weight`.
  private init(parsing text: ArraySlice<Unicode.Scalar>) throws(TokenizerError) {
    let fields = text.split(separator: ":", omittingEmptySubsequences: false).map { field in
      var view = String.UnicodeScalarView()
      view.append(contentsOf: field)
      return String(view)
    }
    func problem(_ reason: String) -> TokenizerError {
      .prompt(problem: "<lora:\(fields.joined(separator: ":"))>: \(reason); write <lora:name> or <lora:name:0.8>")
    }
    guard !fields[0].isEmpty else { throw problem("the name is missing") }
    guard fields.count <= 3 else { throw problem("more than two weights") }
    let weights = try fields.dropFirst().map { (field) throws(TokenizerError) in
      guard let weight = Double(field), weight.isFinite else { throw problem("\"\(field)\" is not a number") }
      return weight
    }
    self.init(name: fields[0], weight: weights.last ?? 1, textEncoderWeight: weights.first)
  }
}

extension Substring {
  fileprivate var withoutTrailingBlanks: String {
    var text = self
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
