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
          let inner = try self.alternatives(isNested: true)
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

    /// The name that begins there and ends before the mark; nil where there is none.
    private func name(after start: Int, before mark: String) -> String? {
      var name = ""
      for index in start..<max(start, text.count) {
        if String(text[index..<min(text.count, index + mark.count)]) == mark { return name.isEmpty ? nil : name }
        let character = text[index]
        guard character.isASCII, character.isLetter || character.isNumber || "_-/".contains(character) else {
          return nil
        }
        name.append(character)
      }
      return nil
    }
  }
}
