/// Fills a line's texts in: choices and lists in its prompts, variables in all its fields.
struct Filling {
  let line: PromptLine
  let lists: WildcardLists

  private static let maximumDepth = 20

  /// The line's fields with every choice made by `chooser`.
  func fields(_ chooser: inout some Chooser) throws(LineFault) -> [Field: String] {
    var texts = line.fields
    // Choices follow the order of the fields, not that of a dictionary.
    for field in Field.allCases {
      guard let text = texts[field], field == .prompt || field == .negative || text.contains("${") else { continue }
      texts[field] = try filled(text, &chooser, depth: 0)
    }
    return texts
  }

  private func filled(_ text: String, _ chooser: inout some Chooser, depth: Int) throws(LineFault) -> String {
    // Most texts have nothing to fill in.
    guard text.utf8.contains(where: { "{_\\$".utf8.contains($0) }) else { return text }
    return try filled(PromptTemplate(text, line: line.line).parts, &chooser, depth: depth)
  }

  private func filled(
    _ parts: [PromptTemplate.Part], _ chooser: inout some Chooser, depth: Int
  ) throws(LineFault) -> String {
    var text = ""
    for part in parts {
      switch part {
      case .literal(let literal): text += literal
      case .choice(let alternatives):
        text += try filled(alternatives[chooser.pick(alternatives.count)], &chooser, depth: depth)
      case .list(let name):
        guard depth < Filling.maximumDepth else {
          throw LineFault(line: line.line, reason: "The list __\(name)__ leads back to itself.")
        }
        let alternatives = try lists.alternatives(name, line: line.line)
        text += try filled(alternatives[chooser.pick(alternatives.count)], &chooser, depth: depth + 1)
      case .variable(let name):
        guard let value = line.variables[name] else {
          let reason = "${\(name)} has no value; give it one by $\(name) in the file or by --set '$\(name)=...'."
          throw LineFault(line: line.line, reason: reason)
        }
        guard depth < Filling.maximumDepth else {
          throw LineFault(line: line.line, reason: "${\(name)} leads back to itself.")
        }
        text += try filled(value, &chooser, depth: depth + 1)
      }
    }
    return text
  }
}
