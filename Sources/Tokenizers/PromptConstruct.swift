/// What A1111 reads in a prompt beside weights, and limn does not paint: prompts that change from step to step, prompts that
/// are painted together, and other networks.
struct PromptConstruct: Equatable {
  /// As it stands in the prompt.
  let text: String
  /// What it asks for, as part of a sentence.
  let meaning: String

  var problem: String {
    let advice = text.hasPrefix("[") ? "write \\[ and \\] for the brackets themselves" : "leave it out"
    return "\(text.count > 60 ? text.prefix(57) + "..." : text[...]) \(meaning), which limn does not do; \(advice)"
  }

  /// The first construct of a prompt without its `<lora:...>`; nil where there is none.
  static func first(in prompt: [Unicode.Scalar]) -> PromptConstruct? {
    var open: [Bracket] = []
    var index = 0
    while index < prompt.count {
      switch prompt[index] {
      case "\\": index += 1
      case "[": open.append(Bracket(start: index))
      case "|": open.indices.last.map { open[$0].hasBar = true }
      case ":": open.indices.last.map { open[$0].lastColon = index }
      case "(", ")":
        // A colon within round brackets is that of a weight.
        if prompt[index] == "(" { open.append(Bracket(start: index, isRound: true)) }
        if prompt[index] == ")", open.last?.isRound == true { open.removeLast() }
      case "]":
        while open.last?.isRound == true { open.removeLast() }
        guard let bracket = open.popLast() else { break }
        if let meaning = bracket.meaning(in: prompt, end: index) {
          return PromptConstruct(text: string(prompt[bracket.start...index]), meaning: meaning)
        }
      case "A" where isWord("AND", at: index, in: prompt):
        return PromptConstruct(text: "AND", meaning: "paints several prompts together")
      case "<":
        if let construct = network(at: index, in: prompt) { return construct }
      default: break
      }
      index += 1
    }
    return nil
  }

  /// An open bracket.
  private struct Bracket {
    let start: Int
    var isRound = false
    var hasBar = false
    var lastColon: Int?

    init(start: Int, isRound: Bool = false) {
      self.start = start
      self.isRound = isRound
    }

    /// `[from:to:when]`, `[to:when]` and `[from::when]` with a number, `[a|b]`; nil for what only weighs less.
    func meaning(in prompt: [Unicode.Scalar], end: Int) -> String? {
      if let lastColon, Double(PromptConstruct.string(prompt[(lastColon + 1)..<end]).filter { $0 != " " }) != nil {
        return "changes the prompt at a step"
      }
      return hasBar ? "changes the prompt at every step" : nil
    }
  }

  /// `<hypernet:name:1>`
  private static func network(at start: Int, in prompt: [Unicode.Scalar]) -> PromptConstruct? {
    guard prompt[start...].starts(with: "<hypernet:".unicodeScalars), let end = prompt[start...].firstIndex(of: ">")
    else { return nil }
    return PromptConstruct(text: string(prompt[start...end]), meaning: "asks for a hypernetwork")
  }

  private static func isWord(_ word: String, at start: Int, in prompt: [Unicode.Scalar]) -> Bool {
    let end = start + word.unicodeScalars.count
    func isPartOfWord(_ index: Int) -> Bool {
      prompt.indices.contains(index)
        && (prompt[index] == "_" || CharacterKind(prompt[index]) == .letter || CharacterKind(prompt[index]) == .number)
    }
    return prompt[start...].starts(with: word.unicodeScalars) && !isPartOfWord(start - 1) && !isPartOfWord(end)
  }

  private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }
}
