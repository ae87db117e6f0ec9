/// The text of one rule file, parsed but not yet joined with the others.
///
/// The format, line by line (docs/guardrail.md has examples):
/// - `limn rules 1`: the first line.
/// - `# ...`: a comment; blank lines mean nothing.
/// - `list NAME LANGUAGE [plain]`: opens a list of terms. `plain` lists hold everyday words, under which no misspelling is
///   sought.
/// - `idea NAME LANGUAGE`: opens a list of words for one idea, which only the classifier reads; `filler` is the idea of the words
///   that merely tell a language.
/// - `scene NAME LANGUAGE`: opens a list of words for one kind of thing or deed in a picture, which only the classifier reads.
/// - `innocent LANGUAGE`: opens a list of contexts; a term inside one of them counts for nothing.
/// - terms, separated by commas, in the list opened last: `word` just so, `word+` and its inflections, `word*` and every
///   word that begins so, `<0-17>` a number. A term may be several words.
/// - `slots 1: LIST, LIST ...`: lists whose name the classifier reads in place of their words; `slots 2` in looser phrases only.
/// - `rule NAME CATEGORY SCORE [fixed]: LIST [& LIST ...] [within N] [unless LIST]`: refuses texts with a term of each list,
///   within a stretch of N words. `fixed` rules apply whatever the policy.
struct RuleFile {
  struct Term {
    enum Mode: Hashable {
      case exact, inflected, prefix
      case number(ClosedRange<Int>)
    }
    struct Element: Hashable {
      var letters: [UInt32]
      var mode: Mode
    }
    var elements: [Element]
  }

  struct List {
    var name: String
    var language: String
    var isPlain = false
    var isInnocent = false
    var isIdea = false
    var isScene = false
    /// Whether only the classifier reads it.
    var isSilent: Bool { isIdea || isScene }
    var terms: [Term] = []
    /// The terms of one word in small letters: most of the many that ideas and scenes have.
    var simple: [SimpleTerm] = []
  }

  struct SimpleTerm {
    var word = WordHash()
    var length = 0
    var isPrefix = false
  }

  struct RuleLine {
    var name: String
    var category: Category
    var score: Double
    var isFixed: Bool
    var lists: [String]
    var within: Int?
    var unless: String?
    var file: String
    var line: Int
  }

  struct SlotLine {
    var level: UInt8
    var lists: [String]
    var file: String
    var line: Int
  }

  private(set) var lists: [List] = []
  private(set) var slots: [SlotLine] = []
  private(set) var rules: [RuleLine] = []
  private let name: String
  private let folder: Normaliser

  /// - Parameters:
  ///   - name: the file's name, for messages.
  ///   - folder: folds the terms as texts are folded.
  init(name: String, contents: String, folder: Normaliser) throws(GuardrailError) {
    self.name = name
    self.folder = folder
    let lines = contents.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (offset, raw) in lines.enumerated() {
      let line = Substring(raw.prefix { $0 != 0x23 }).trimmed
      if offset == 0 {
        guard line == "limn rules 1" else {
          throw .rules(file: name, line: 1, "a rule file begins with the line “limn rules 1”.")
        }
      } else if !line.isEmpty {
        try read(line, number: offset + 1)
      }
    }
  }

  private mutating func read(_ line: Substring, number: Int) throws(GuardrailError) {
    // A line of terms may be long.
    let words = line.split(separator: " ", maxSplits: 4)
    switch words[0] {
    case "list":
      guard words.count == 3 || (words.count == 4 && words[3] == "plain") else {
        throw .rules(file: name, line: number, "expected “list NAME LANGUAGE” or “list NAME LANGUAGE plain”.")
      }
      lists.append(List(name: String(words[1]), language: String(words[2]), isPlain: words.count == 4))
    case "idea":
      guard words.count == 3 else { throw .rules(file: name, line: number, "expected “idea NAME LANGUAGE”.") }
      lists.append(List(name: String(words[1]), language: String(words[2]), isPlain: true, isIdea: true))
    case "scene":
      guard words.count == 3 else { throw .rules(file: name, line: number, "expected “scene NAME LANGUAGE”.") }
      lists.append(List(name: String(words[1]), language: String(words[2]), isPlain: true, isScene: true))
    case "innocent":
      guard words.count == 2 else { throw .rules(file: name, line: number, "expected “innocent LANGUAGE”.") }
      lists.append(List(name: "innocent", language: String(words[1]), isPlain: true, isInnocent: true))
    case "slots":
      let halves = line.split(separator: ":")
      guard halves.count == 2, let level = UInt8(halves[0].dropFirst(6).trimmed), (1...2).contains(level) else {
        throw .rules(file: name, line: number, "expected “slots 1: LIST, LIST ...” or “slots 2: LIST, LIST ...”.")
      }
      let lists = halves[1].split(separator: ",").map { String($0.trimmed) }
      slots.append(SlotLine(level: level, lists: lists, file: name, line: number))
    case "rule":
      rules.append(try rule(line, number: number))
    default:
      guard !lists.isEmpty else {
        throw .rules(file: name, line: number, "terms stand before any list; open one with “list NAME LANGUAGE”.")
      }
      if lists[lists.count - 1].isSilent { return try readSilent(line, number: number) }
      for term in line.utf8.split(separator: 0x2C) {
        lists[lists.count - 1].terms.append(try self.term(Substring(term).trimmed, number: number))
      }
    }
  }

  private mutating func readSilent(_ line: Substring, number: Int) throws(GuardrailError) {
    let bytes = Array(line.utf8) + [0x2C]
    let list = lists.count - 1
    var start = 0
    for end in bytes.indices where bytes[end] == 0x2C {
      while start < end, bytes[start] <= 0x20 { start += 1 }
      var simple = SimpleTerm()
      var position = start
      while (0x61...0x7A).contains(bytes[position]) {
        simple.word.append(UInt32(bytes[position]))
        position += 1
      }
      simple.length = position - start
      simple.isPrefix = bytes[position] == 0x2A
      if simple.isPrefix { position += 1 }
      if position == end, simple.length > 0 {
        lists[list].simple.append(simple)
      } else if start < end {
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        lists[list].terms.append(try term(text[...].trimmed, number: number))
      }
      start = end + 1
    }
  }

  private func term(_ text: Substring, number: Int) throws(GuardrailError) -> Term {
    var elements: [Term.Element] = []
    for word in text.utf8.split(separator: 0x20).map(Substring.init) {
      if word.utf8.first == 0x3C {
        let bounds = word.dropFirst().dropLast().split(separator: "-").compactMap { Int($0) }
        guard bounds.count == 2, bounds[0] <= bounds[1], word.last == ">" else {
          throw .rules(file: name, line: number, "“\(word)” is no range of numbers; expected for example “<0-17>”.")
        }
        elements.append(.init(letters: [], mode: .number(bounds[0]...bounds[1])))
        continue
      }
      let mode: Term.Mode = word.utf8.last == 0x2B ? .inflected : word.utf8.last == 0x2A ? .prefix : .exact
      let bare = mode == .exact ? word : word.dropLast()
      // Small letters are as they will be.
      let pieces =
        bare.utf8.allSatisfy { (0x61...0x7A).contains($0) } && !bare.isEmpty
        ? [bare.utf8.map(UInt32.init)] : folder.fold(String(bare))
      for (position, letters) in pieces.enumerated() {
        elements.append(.init(letters: letters, mode: position == pieces.count - 1 ? mode : .exact))
      }
    }
    guard !elements.isEmpty, elements.count <= 8 else {
      throw .rules(file: name, line: number, "the term “\(text)” has \(elements.count) words; expected 1 to 8.")
    }
    return Term(elements: elements)
  }

  private func rule(_ line: Substring, number: Int) throws(GuardrailError) -> RuleLine {
    let form = "expected “rule NAME CATEGORY SCORE [fixed]: LIST [& LIST ...] [within N] [unless LIST]”."
    let halves = line.split(separator: ":", maxSplits: 1)
    let head = halves[0].split(separator: " ")
    guard halves.count == 2, (4...5).contains(head.count), head.count == 4 || head[4] == "fixed" else {
      throw .rules(file: name, line: number, form)
    }
    guard let category = Category(rawValue: String(head[2])) else {
      let known = Category.allCases.map(\.rawValue).joined(separator: ", ")
      throw .rules(file: name, line: number, "there is no category “\(head[2])”; expected one of \(known).")
    }
    guard let score = Double(head[3]), score > 0, score <= 1 else {
      throw .rules(file: name, line: number, "the score is “\(head[3])”; expected a number above 0 and at most 1.")
    }
    var result = RuleLine(
      name: String(head[1]), category: category, score: score, isFixed: head.count == 5, lists: [], file: name,
      line: number)
    var words = halves[1].split(separator: " ")[...]
    while let word = words.popFirst() {
      switch word {
      case "&": continue
      case "within":
        guard let count = words.popFirst().flatMap({ Int($0) }), count > 0 else {
          throw .rules(file: name, line: number, form)
        }
        result.within = count
      case "unless":
        guard let list = words.popFirst() else { throw .rules(file: name, line: number, form) }
        result.unless = String(list)
      default: result.lists.append(String(word))
      }
    }
    guard (1...4).contains(result.lists.count) else { throw .rules(file: name, line: number, form) }
    return result
  }
}

extension Substring {
  /// Without blanks and control characters at either end.
  var trimmed: Substring {
    var result = utf8
    while let first = result.first, first <= 0x20 { result.removeFirst() }
    while let last = result.last, last <= 0x20 { result.removeLast() }
    return Substring(result)
  }
}
