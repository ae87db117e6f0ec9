import System

/// A prompt a line. Blank lines and lines that begin with `#` say nothing; `$name = value` sets a variable for the
/// lines below; options may follow a prompt (`a fox --steps 20`, kohya's `a fox --n blurry --w 512`) or stand alone
/// (A1111's `--prompt "a fox" --steps 20`).
struct TextReader {
  let plainField: Field

  func read(_ lines: TextLines, name: String) throws(UserError) -> [Result<PromptLine, LineFault>] {
    var variables: [String: String] = [:]
    var read: [Result<PromptLine, LineFault>] = []
    for line in lines {
      try PromptFile.checkCount(read.count, name: name)
      do throws(LineFault) {
        let text = try line.text.get()
        if text.isEmpty || text.hasPrefix("#") { continue }
        if let (name, value) = TextReader.definition(text) {
          variables[name] = value
          continue
        }
        var prompt = PromptLine(line: line.number, variables: variables)
        try TextReader.fill(&prompt, from: text, plainField: plainField)
        read.append(.success(prompt))
      } catch {
        read.append(.failure(error))
      }
    }
    return read
  }

  /// `$name = value`
  private static func definition(_ text: String) -> (name: String, value: String)? {
    guard text.hasPrefix("$"), let equals = text.firstIndex(of: "=") else { return nil }
    let name = text[..<equals].dropFirst().trimmingBlanks
    guard VariableName.isOne(name) else { return nil }
    return (String(name), String(text[equals...].dropFirst().trimmingBlanks))
  }

  private static func fill(_ prompt: inout PromptLine, from text: String, plainField: Field) throws(LineFault) {
    if text.hasPrefix("--") {
      try PromptOptions.fill(&prompt, quoted: text)
    } else if plainField == .prompt {
      try PromptOptions.fill(&prompt, trailing: text)
    } else {
      prompt.fields[plainField] = text
    }
  }
}

extension StringProtocol {
  var trimmingBlanks: SubSequence {
    let start = drop { $0 == " " || $0 == "\t" }
    let end = start.lastIndex { $0 != " " && $0 != "\t" }.map { index(after: $0) } ?? start.startIndex
    return start[..<end]
  }
}
