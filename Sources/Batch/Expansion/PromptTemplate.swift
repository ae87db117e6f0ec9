/// A text with choices in it: `{a|b}` is one of these, `__name__` a line of the list of that name, `${name}` a
/// variable. A backslash before `{`, `}`, `|`, `$` or `_` takes that as it is.
///
/// Choices nest. Braces without a bar stand for themselves.
struct PromptTemplate {
  indirect enum Part {
    case literal(String)
    case choice([[Part]])
    case list(String)
    case variable(String)
  }

  let parts: [Part]

  /// - Throws: ``LineFault`` where a brace is never closed.
  init(_ text: String, line: Int) throws(LineFault) {
    var reader = Reader(text: Array(text), line: line)
    parts = try reader.alternatives(isNested: false)[0]
  }

  private struct Reader {
    let text: [Character]
    let line: Int
    var position = 0

    init(text: [Character], line: Int) {
      self.text = text
      self.line = line
    }

    /// The alternatives up to the brace that closes them, or all of the text as one.
    mutating func alternatives(isNested: Bool) throws(LineFault) -> [[Part]] {
      var alternatives: [[Part]] = [[]]
      var literal = ""
      func append(_ parts: [Part]) {
        alternatives[alternatives.count - 1] += (literal.isEmpty ? [] : [.literal(literal)]) + parts
        literal = ""
      }
      while position < text.count {
        let character = text[position]
        position += 1
        switch character {
        case "\\" where position < text.count && "{}|$_".contains(text[position]):
          literal.append(text[position])
          position += 1
        case "{":
          let start = position
          let inner = try self.alternatives(isNested: true)
          if inner.count > 1 { try checkChoice(from: start) }
          // Without a bar these are just braces.
          append(inner.count > 1 ? [.choice(inner)] : [.literal("{")] + inner[0] + [.literal("}")])
        case "}" where isNested:
          append([])
          return alternatives
        case "|" where isNested:
          append([])
          alternatives.append([])
        case "$" where position < text.count && text[position] == "{":
          guard let name = name(after: position + 1, before: "}") else {
            throw LineFault(
              line: line, reason: "${ is not followed by a variable's name and }; write \\$ for the sign.")
          }
          append([.variable(name)])
          position += name.count + 2
        case "_" where position < text.count && text[position] == "_":
          guard let name = name(after: position + 1, before: "__") else {
            literal.append(character)
            continue
          }
          append([.list(name)])
          position += name.count + 3
        default: literal.append(character)
        }
      }
      guard !isNested else {
        throw LineFault(line: line, reason: "A { is never closed; write \\{ for the sign itself.")
      }
      append([])
      return alternatives
    }

    /// Other tools choose several at once by `{2$$a|b}` and with weights by `{3::a|b}`, which would be painted as they stand.
    private func checkChoice(from start: Int) throws(LineFault) {
      let text = String(text[start..<position])
      if text.contains(/^[0-9.-]+\$\$|\$\$/) {
        throw LineFault(
          line: line, reason: "{2$$a|b} chooses several at once, which limn does not do; write \\$ for the sign.")
      }
      if text.contains(/(^|\|)\s*[0-9.]+::/) {
        throw LineFault(
          line: line, reason: "{3::a|b} chooses with weights, which limn does not do; write {a|a|a|b}.")
      }
    }

    /// The name that begins there and ends before the mark; nil where there is none.
    private func name(after start: Int, before mark: String) -> String? {
      let isList = mark == "__"
      var name = ""
      for index in start..<max(start, text.count) {
        if String(text[index..<min(text.count, index + mark.count)]) == mark {
          let isName = !name.isEmpty && (!isList || name.trimmingBlanks == name[...])
          return isName ? name : nil
        }
        let character = text[index]
        guard isList ? isPartOfList(character) : character.isASCII && VariableName.isPart(character.utf8.first ?? 0)
        else { return nil }
        name.append(character)
      }
      return nil
    }

    /// Files are called by any letters, with blanks and full stops too; what means something else in a prompt ends a name.
    private func isPartOfList(_ character: Character) -> Bool {
      !character.isNewline && !"{}|$\\".contains(character)
    }
  }
}
