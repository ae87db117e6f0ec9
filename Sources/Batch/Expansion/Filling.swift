/// Fills a line's texts in: choices and lists in its prompts, variables in all its fields.
struct Filling {
  let line: PromptLine
  let lists: WildcardLists

  private static let maximumDepth = 20
  /// Bytes of a text, as for a prompt that is typed.
  private static let maximumBytes = 1 << 20
  /// Choices, lists and variables of a line: a file of a few lines may ask for any number of them.
  private static let maximumParts = 1 << 16

  /// The line's fields with every choice made by `chooser`.
  func fields(_ chooser: inout some Chooser) throws(LineFault) -> [Field: String] {
    var texts = line.fields
    var parts = 0
    // Choices follow the order of the fields, not that of a dictionary.
    for field in Field.allCases {
      guard let text = texts[field], isTemplate(text, of: field) else { continue }
      texts[field] = try filled(text, &chooser, depth: 0, &parts)
    }
    return texts
  }

  /// How many combinations of choices there are; `limit` where there are more.
  func combinations(limit: Int) throws(LineFault) -> Int {
    var counter = CombinationCounter(filling: self, limit: limit)
    var count = 1
    for field in Field.allCases {
      guard let text = line.fields[field], isTemplate(text, of: field) else { continue }
      count = min(limit, count.multipliedReportingOverflow(by: try counter.count(text, depth: 0)).partialValue)
    }
    return count
  }

  private func isTemplate(_ text: String, of field: Field) -> Bool {
    field == .prompt || field == .negative || text.contains("${")
  }

  private func filled(
    _ text: String, _ chooser: inout some Chooser, depth: Int, _ parts: inout Int
  ) throws(LineFault) -> String {
    // Most texts have nothing to fill in.
    guard text.utf8.contains(where: { "{_\\$".utf8.contains($0) }) else { return text }
    return try filled(PromptTemplate(text, line: line.line).parts, &chooser, depth: depth, &parts)
  }

  private func filled(
    _ template: [PromptTemplate.Part], _ chooser: inout some Chooser, depth: Int, _ parts: inout Int
  ) throws(LineFault) -> String {
    var text = ""
    for part in template {
      parts += 1
      switch part {
      case .literal(let literal): text += literal
      case .choice(let alternatives):
        text += try filled(alternatives[chooser.pick(alternatives.count)], &chooser, depth: depth, &parts)
      case .list(let name):
        let alternatives = try alternatives(name, depth: depth)
        text += try filled(alternatives[chooser.pick(alternatives.count)], &chooser, depth: depth + 1, &parts)
      case .variable(let name):
        text += try filled(value(name, depth: depth), &chooser, depth: depth + 1, &parts)
      }
      guard text.utf8.count <= Filling.maximumBytes, parts <= Filling.maximumParts else {
        throw LineFault(
          line: line.line, reason: "What its lists and variables stand for is longer than a megabyte.")
      }
    }
    return text
  }

  /// The lines of a list.
  func alternatives(_ name: String, depth: Int) throws(LineFault) -> [String] {
    guard depth < Filling.maximumDepth else {
      throw LineFault(line: line.line, reason: "The list __\(name)__ leads back to itself.")
    }
    return try lists.alternatives(name, line: line.line)
  }

  /// What a variable stands for.
  func value(_ name: String, depth: Int) throws(LineFault) -> String {
    guard let value = line.variables[name] else {
      let reason = "${\(name)} has no value; give it one by $\(name) in the file or by --set '$\(name)=...'."
      throw LineFault(line: line.line, reason: reason)
    }
    guard depth < Filling.maximumDepth else {
      throw LineFault(line: line.line, reason: "${\(name)} leads back to itself.")
    }
    return value
  }
}

/// Counts combinations of choices without making them: those in a row multiply, those of alternatives add up.
private struct CombinationCounter {
  let filling: Filling
  let limit: Int
  /// Of lists and variables, by their marks: each is counted once however often it stands there.
  private var known: [String: Int] = [:]

  init(filling: Filling, limit: Int) {
    self.filling = filling
    self.limit = limit
  }

  mutating func count(_ text: String, depth: Int) throws(LineFault) -> Int {
    try count(PromptTemplate(text, line: filling.line.line).parts, depth: depth)
  }

  private mutating func count(_ parts: [PromptTemplate.Part], depth: Int) throws(LineFault) -> Int {
    var product = 1
    for part in parts {
      let factor: Int
      switch part {
      case .literal: factor = 1
      case .choice(let alternatives):
        var sum = 0
        for alternative in alternatives { sum = min(limit, sum + (try count(alternative, depth: depth))) }
        factor = sum
      case .list(let name):
        factor = try counted("__\(name)", try filling.alternatives(name, depth: depth), depth: depth)
      case .variable(let name):
        factor = try counted("$\(name)", [try filling.value(name, depth: depth)], depth: depth)
      }
      product = min(limit, product * factor)
    }
    return product
  }

  private mutating func counted(_ name: String, _ texts: [String], depth: Int) throws(LineFault) -> Int {
    if let count = known[name] { return count }
    var sum = 0
    for text in texts { sum = min(limit, sum + (try count(text, depth: depth + 1))) }
    known[name] = sum
    return sum
  }
}
