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
/// - `framing LANGUAGE`: opens a list of words for media, styles, quality and courtesies, which are taken out of a text before it is
///   judged; `framing LANGUAGE joining`: of words that go with them where they stand beside one.
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
    var isFraming = false
    /// Whether no rule reads it.
    var isSilent: Bool { isIdea || isScene || isFraming }
    var terms: [Term] = []
    /// Where only the classifier reads it, the terms of one word lie here.
    var simple: [SimpleTerm] = []
  }

  /// A term of one word, without inflections: most of the many that ideas and scenes have.
  struct SimpleTerm {
    let word: WordHash
    /// In letters.
    let length: Int
    /// `exact` or `prefix`.
    let mode: Term.Mode

    /// Nil for any other term.
    init?(_ term: Term) {
      guard term.elements.count == 1, [.exact, .prefix].contains(term.elements[0].mode) else { return nil }
      word = WordHash(term.elements[0].letters)
      length = term.elements[0].letters.count
      mode = term.elements[0].mode
    }

    /// The same without a detour for small letters; nil for all others.
    init?(_ text: ArraySlice<UInt8>) {
      mode = text.last == Mark.prefix ? .prefix : .exact
      let letters = mode == .prefix ? text.dropLast() : text
      guard letters.areSmallLetters else { return nil }
      word = WordHash(letters.lazy.map(UInt32.init))
      length = letters.count
    }
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
    let lines = Array(contents.utf8).split(separator: Mark.lineEnd, omittingEmptySubsequences: false)
    for (offset, raw) in lines.enumerated() {
      let line = raw.prefix { $0 != Mark.comment }.trimmed
      if offset == 0 {
        guard line.text == "limn rules 1" else {
          throw .rules(file: name, line: 1, "a rule file begins with the line “limn rules 1”.")
        }
      } else if !line.isEmpty {
        try read(line, number: offset + 1)
      }
    }
  }

  /// The bytes that mean something.
  private enum Mark {
    static let lineEnd = UInt8(ascii: "\n")
    static let comment = UInt8(ascii: "#")
    static let comma = UInt8(ascii: ",")
    static let blank = UInt8(ascii: " ")
    static let range = UInt8(ascii: "<")
    static let inflections = UInt8(ascii: "+")
    static let prefix = UInt8(ascii: "*")
  }

  private mutating func read(_ line: ArraySlice<UInt8>, number: Int) throws(GuardrailError) {
    let first = line.prefix { $0 != Mark.blank }.text
    switch first {
    case "list", "idea", "scene", "innocent", "framing": lists.append(try list(line.text, number: number))
    case "slots": slots.append(try slots(line.text, number: number))
    case "rule": rules.append(try rule(line.text, number: number))
    default:
      guard !lists.isEmpty else {
        throw .rules(file: name, line: number, "terms stand before any list; open one with “list NAME LANGUAGE”.")
      }
      try readTerms(line, number: number)
    }
  }

  private func list(_ line: String, number: Int) throws(GuardrailError) -> List {
    let words = line.split(separator: " ").map(String.init)
    switch words[0] {
    case "list":
      guard words.count == 3 || (words.count == 4 && words[3] == "plain") else {
        throw .rules(file: name, line: number, "expected “list NAME LANGUAGE” or “list NAME LANGUAGE plain”.")
      }
      return List(name: words[1], language: words[2], isPlain: words.count == 4)
    case "innocent":
      guard words.count == 2 else { throw .rules(file: name, line: number, "expected “innocent LANGUAGE”.") }
      return List(name: "innocent", language: words[1], isPlain: true, isInnocent: true)
    case "framing":
      guard words.count == 2 || (words.count == 3 && words[2] == "joining") else {
        throw .rules(file: name, line: number, "expected “framing LANGUAGE” or “framing LANGUAGE joining”.")
      }
      return List(name: words.count == 2 ? "framing" : "joining", language: words[1], isPlain: true, isFraming: true)
    case let kind:
      guard words.count == 3 else { throw .rules(file: name, line: number, "expected “\(kind) NAME LANGUAGE”.") }
      return List(
        name: words[1], language: words[2], isPlain: true, isIdea: kind == "idea", isScene: kind == "scene")
    }
  }

  private func slots(_ line: String, number: Int) throws(GuardrailError) -> SlotLine {
    let halves = line.split(separator: ":")
    guard halves.count == 2, let level = UInt8(halves[0].dropFirst(6).trimmed), (1...2).contains(level) else {
      throw .rules(file: name, line: number, "expected “slots 1: LIST, LIST ...” or “slots 2: LIST, LIST ...”.")
    }
    let lists = halves[1].split(separator: ",").map { String($0.trimmed) }
    return SlotLine(level: level, lists: lists, file: name, line: number)
  }

  private mutating func readTerms(_ line: ArraySlice<UInt8>, number: Int) throws(GuardrailError) {
    let list = lists.count - 1
    let isSilent = lists[list].isSilent
    for item in line.split(separator: Mark.comma) {
      let text = item.trimmed
      if isSilent, let simple = SimpleTerm(text) {
        lists[list].simple.append(simple)
        continue
      }
      let term = try term(text, number: number)
      if isSilent, let simple = SimpleTerm(term) {
        lists[list].simple.append(simple)
      } else {
        lists[list].terms.append(term)
      }
    }
  }

  private func term(_ text: ArraySlice<UInt8>, number: Int) throws(GuardrailError) -> Term {
    var elements: [Term.Element] = []
    for word in text.split(separator: Mark.blank) {
      if word.first == Mark.range {
        let bounds = word.text.dropFirst().dropLast().split(separator: "-").compactMap { Int($0) }
        guard bounds.count == 2, bounds[0] <= bounds[1], word.last == UInt8(ascii: ">") else {
          throw .rules(
            file: name, line: number, "“\(word.text)” is no range of numbers; expected for example “<0-17>”.")
        }
        elements.append(.init(letters: [], mode: .number(bounds[0]...bounds[1])))
        continue
      }
      let mode: Term.Mode =
        word.last == Mark.inflections ? .inflected : word.last == Mark.prefix ? .prefix : .exact
      let bare = mode == .exact ? word : word.dropLast()
      // Small letters are as they will be.
      let pieces = bare.areSmallLetters ? [bare.map(UInt32.init)] : folder.fold(bare.text)
      for (position, letters) in pieces.enumerated() {
        elements.append(.init(letters: letters, mode: position == pieces.count - 1 ? mode : .exact))
      }
    }
    guard !elements.isEmpty, elements.count <= 8 else {
      throw .rules(
        file: name, line: number, "the term “\(text.text)” has \(elements.count) words; expected 1 to 8.")
    }
    return Term(elements: elements)
  }

  private func rule(_ line: String, number: Int) throws(GuardrailError) -> RuleLine {
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

extension ArraySlice<UInt8> {
  /// Without blanks and control characters at either end.
  fileprivate var trimmed: ArraySlice<UInt8> {
    var rest = drop { $0 <= 0x20 }
    while let last = rest.last, last <= 0x20 { rest.removeLast() }
    return rest
  }

  fileprivate var text: String { String(decoding: self, as: UTF8.self) }

  /// Whether it is a word of nothing but a to z.
  fileprivate var areSmallLetters: Bool { !isEmpty && allSatisfy { (0x61...0x7A).contains($0) } }
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
