import Painting

/// Options within a line of text, as other tools write them.
enum PromptOptions {
  /// kohya's sd-scripts, `gen_img.py` and the sampling of its trainers: one or two letters, small or capital.
  private static let kohya: [String: Field] = [
    "n": .negative, "w": .width, "h": .height, "d": .seed, "s": .steps, "l": .guidance, "ss": .sampler,
    "t": .strength, "i": .reference,
  ]

  /// Options of A1111's "Prompts from file" that change nothing which limn does.
  private static let ignored: Set<String> = [
    "do-not-save-samples", "do-not-save-grid", "outpath-samples", "outpath-grids", "prompt-for-display",
  ]

  /// `a fox in snow --n blurry --w 512 --steps 20`: a prompt, then options; each value runs to the next option.
  static func fill(_ prompt: inout PromptLine, trailing text: String) throws(LineFault) {
    var parts = text.split(separator: " --", omittingEmptySubsequences: false)
    // "--" before a blank or a dash is punctuation.
    var index = 1
    while index < parts.count {
      if let first = parts[index].first, first.isASCII, first.isLetter {
        index += 1
      } else {
        parts[index - 1] = Substring("\(parts[index - 1]) --\(parts[index])")
        parts.remove(at: index)
      }
    }
    prompt.fields[.prompt] = String(parts[0].trimmingBlanks)
    for part in parts.dropFirst() {
      let end = part.firstIndex { $0 == " " || $0 == "=" } ?? part.endIndex
      try set(String(part[..<end]), to: String(part[end...].dropFirst().trimmingBlanks), in: &prompt)
    }
  }

  /// `--prompt "a fox" --steps 20`: words as a shell would read them; the words of a prompt need no quotes.
  static func fill(_ prompt: inout PromptLine, quoted text: String) throws(LineFault) {
    let words = try words(text, line: prompt.line)
    var index = 0
    while index < words.count {
      let name = words[index]
      guard name.hasPrefix("--"), name.count > 2 else {
        throw LineFault(line: prompt.line, reason: "\"\(name)\" stands where an option is expected.")
      }
      var end = index + 1
      while end < words.count, !words[end].hasPrefix("--") { end += 1 }
      try set(String(name.dropFirst(2)), to: words[index + 1..<end].joined(separator: " "), in: &prompt)
      index = end
    }
    guard prompt.fields[.prompt] != nil else {
      throw LineFault(line: prompt.line, reason: "The line has options but no --prompt.")
    }
  }

  /// Switches of A1111's that do what limn does where they are off.
  private static let switches: Set<String> = ["tiling", "restore-faces"]

  private static func set(_ name: String, to value: String, in prompt: inout PromptLine) throws(LineFault) {
    let joined = name.replacing("_", with: "-")
    if ignored.contains(joined) || switches.contains(joined) && value.lowercased() == "false" { return }
    if joined == Field.batchSize { return try multiplyCount(by: value, in: &prompt) }
    guard let field = kohya[name.lowercased()] ?? Field(name: name) else {
      throw LineFault(
        line: prompt.line,
        reason:
          "There is no option --\(name); there are the picture and sampling flags of `limn generate` and kohya's n, w, h, d, s, l, t, i and ss."
      )
    }
    if value.isEmpty, Setting.named(name)?.kind == .flag {
      return try prompt.add(true.settingText, to: field, spelt: "--\(name)")
    }
    guard !value.isEmpty || field == .negative else {
      throw LineFault(line: prompt.line, reason: "--\(name) says nothing.")
    }
    try prompt.add(value, to: field, spelt: "--\(name)")
  }

  /// A1111 paints `n_iter` batches of `batch_size` pictures, whose seeds follow each other.
  private static func multiplyCount(by value: String, in prompt: inout PromptLine) throws(LineFault) {
    guard let size = Int(value), (1...100_000).contains(size) else {
      throw LineFault(line: prompt.line, reason: "--batch_size \"\(value)\" is not 1 to 100000.")
    }
    prompt.copies = size
  }

  /// Words between blanks; quotes of both kinds hold words together, a backslash takes the next character as it is.
  static func words(_ text: String, line: Int) throws(LineFault) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in text {
      if isEscaped {
        // Prompts escape their brackets; that backslash is theirs.
        if !"\"'\\ ".contains(character) { word = (word ?? "") + "\\" }
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "\"" || character == "'", word == nil || character == "\"" {
        // An apostrophe within a word is a letter.
        quote = character
        word = word ?? ""
      } else if character == " " || character == "\t" {
        if let word { words.append(word) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if let quote { throw LineFault(line: line, reason: "A quote \(quote) is opened and never closed.") }
    if isEscaped { word = (word ?? "") + "\\" }
    if let word { words.append(word) }
    return words
  }
}
