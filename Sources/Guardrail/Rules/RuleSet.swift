/// All rules, ready to be matched: the terms of every list in one trie, and the rules over the lists.
package struct RuleSet: Sendable {
  /// One rule: a text with a term of each list is refused with this score.
  struct Rule: Sendable {
    let name: String
    let category: Category
    let score: Double
    let isFixed: Bool
    /// Indices into `listNames`.
    let lists: [Int]
    /// The most words between the first and the last of the terms, counted with them; nil: anywhere in the text.
    let within: Int?
    let unless: Int?
  }

  struct Node: Sendable {
    var hasNext = false
    /// The list that holds the term that ends here, if any; negative: an innocent context; from `firstIdea` on: an idea in a language.
    private var list = Node.none
    /// More of them; most nodes need no array.
    private var others: [Int32] = []

    private static let none = Int32.max

    /// Notes that a term of the list ends here.
    mutating func end(_ list: Int32) { if self.list == Node.none { self.list = list } else { others.append(list) } }

    /// The lists whose terms end here.
    func forEachList(_ body: (Int32) -> Void) {
      guard list != Node.none else { return }
      body(list)
      for list in others { body(list) }
    }
  }

  /// What stands in a node for the first idea in the first language; a language has 256 of them.
  static let firstIdea: Int32 = 1 << 16
  /// What stands there for the first kind of scene.
  static let firstScene: Int32 = 1 << 17
  /// What stands there for framing words, and behind it for those that join them.
  static let framing: Int32 = 1 << 18
  /// The idea of words that merely tell a language.
  static let filler = 255

  /// A word pattern that terms are made of.
  typealias Symbol = UInt32

  /// How many rules and terms there are, for people.
  package let summary: String
  let listNames: [String]
  /// A hash of each list's name, by which the classifier knows it.
  let listTags: [UInt64]
  /// For each list: 1 when its name stands for its words in the classifier's phrases, 2 when it does in the looser ones, else 0;
  /// empty when no list is so.
  let slots: [UInt8]
  /// Which of the languages that ideas are in is English.
  let english: Int?
  /// A hash of each idea's name.
  let ideaTags: [UInt64]
  /// A hash of the name of each kind of thing or deed in a picture.
  let sceneTags: [UInt64]
  let rules: [Rule]
  /// For each list: whether a rule refuses texts with its terms.
  let isAccusing: [Bool]
  private(set) var nodes: [Node] = [Node()]
  /// The trie's edges from its root, where most of them are: the node that each symbol leads to, or 0.
  private var rootEdges: [Int32] = []
  /// All others: from a node in the high half of the key and a symbol in the low one.
  private var edges: [UInt64: Int32] = [:]
  private(set) var symbolsOfWord = SymbolTable()
  private(set) var symbolsOfStem = SymbolTable()
  private(set) var numberSymbols: [(range: ClosedRange<Int>, symbol: Symbol)] = []
  /// Bit n is set when a stem of n letters exists (63: of 63 or more).
  private(set) var stemLengths: UInt64 = 0
  /// Single words worth disguising, and words of plain lists.
  private(set) var tellingWords: Set<WordHash> = []
  private(set) var plainWords: Set<WordHash> = []

  /// - Parameter files: the contents of `*.rules` files with their names.
  /// - Throws: `GuardrailError` for a line that does not keep to the format, an unknown list, or no rule at all.
  package init(files: [(name: String, contents: String)]) throws(GuardrailError) {
    let folder = Normaliser(tellingWords: [])
    var lists: [RuleFile.List] = []
    var lines: [RuleFile.RuleLine] = []
    var slotLines: [RuleFile.SlotLine] = []
    for (name, contents) in files {
      let file = try RuleFile(name: name, contents: contents, folder: folder)
      lists += file.lists
      lines += file.rules
      slotLines += file.slots
    }
    let names = Set(lists.filter { !$0.isInnocent && !$0.isSilent }.map(\.name)).sorted()
    listNames = names
    listTags = names.map(Self.tag)
    let ideas = Set(lists.filter(\.isIdea).map(\.name)).subtracting(["filler"]).sorted()
    let languages = Set(lists.filter(\.isIdea).map(\.language)).sorted()
    guard ideas.count < Self.filler, languages.count <= 16 else {
      throw .incompleteRules("there are \(ideas.count) ideas in \(languages.count) languages; 254 in 16 are the most.")
    }
    english = languages.firstIndex(of: "en")
    ideaTags = ideas.map { Self.tag("idea " + $0) }
    let scenes = Set(lists.filter(\.isScene).map(\.name)).sorted()
    sceneTags = scenes.map { Self.tag("scene " + $0) }
    rules = try Self.resolve(lines, lists: names)
    let accusing = Set(rules.flatMap(\.lists))
    isAccusing = names.indices.map(accusing.contains)
    slots = try Self.resolve(slotLines, lists: names)
    guard !rules.isEmpty else { throw .incompleteRules("there is no rule in \(files.count) files; reinstall them.") }
    let termCount = lists.reduce(0) { $0 + $1.terms.count + $1.simple.count }
    summary = "\(rules.count) rules over \(termCount) terms in \(names.count) lists and for \(ideas.count) ideas"

    var symbols = SymbolNames(capacity: termCount)
    let positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
    let wordCount = lists.reduce(0) { $0 + ($1.isSilent ? 0 : $1.terms.count) }
    tellingWords.reserveCapacity(2 * wordCount)
    plainWords.reserveCapacity(2 * wordCount)
    nodes.reserveCapacity(termCount)
    rootEdges.reserveCapacity(termCount)
    symbolsOfWord.reserveCapacity(termCount + wordCount)
    for list in lists {
      let language = Self.tag(list.language)
      let place: Int32
      if list.isIdea {
        let idea = ideas.firstIndex(of: list.name) ?? Self.filler
        place = Self.firstIdea + Int32((languages.firstIndex(of: list.language) ?? 0) << 8 | idea)
      } else if list.isFraming {
        place = Self.framing + (list.name == "joining" ? 1 : 0)
      } else if list.isScene {
        place = Self.firstScene + Int32(scenes.firstIndex(of: list.name) ?? 0)
      } else {
        place = list.isInnocent ? -1 : positions[list.name] ?? -1
      }
      for term in list.simple {
        let (symbol, isNew) = symbols.symbol(of: term.mode.key(of: term.word))
        if isNew { add(symbol, for: term.word, length: term.length, mode: term.mode) }
        let node = next(of: 0, by: symbol) ?? add(symbol, after: 0)
        nodes[node].end(place)
      }
      for term in list.terms {
        // A word of a phrase is telling only with its neighbours.
        let isPlain = list.isPlain || term.elements.count > 1
        var node = 0
        for element in term.elements {
          let pattern = element.mode.key(of: WordHash(element.letters))
          let key = element.mode == .inflected ? pattern ^ language : pattern
          let (symbol, isNew) = symbols.symbol(of: key)
          node = next(of: node, by: symbol) ?? add(symbol, after: node)
          if list.isSilent, !isNew { continue }
          let forms = addForms(of: element, language: list.language, symbol: isNew ? symbol : nil)
          // No English word is mended to one of another language.
          if !list.isSilent {
            if isPlain || element.letters.count < 3 {
              plainWords.formUnion(forms)
            } else {
              tellingWords.formUnion(forms)
            }
          }
        }
        nodes[node].end(place)
      }
    }
    tellingWords.subtract(plainWords)
  }

  private static func tag(_ name: String) -> UInt64 { WordHash(name).value }

  /// Where a symbol leads from a node.
  func next(of node: Int, by symbol: Symbol) -> Int? {
    if node == 0 {
      guard symbol < rootEdges.count, rootEdges[Int(symbol)] != 0 else { return nil }
      return Int(rootEdges[Int(symbol)])
    }
    return edges[Self.edge(from: node, by: symbol)].map(Int.init)
  }

  private static func edge(from node: Int, by symbol: Symbol) -> UInt64 { UInt64(node) << 32 | UInt64(symbol) }

  private mutating func add(_ symbol: Symbol, after node: Int) -> Int {
    nodes[node].hasNext = true
    nodes.append(Node())
    if node == 0 {
      if symbol >= rootEdges.count { rootEdges += repeatElement(0, count: Int(symbol) + 1 - rootEdges.count) }
      rootEdges[Int(symbol)] = Int32(nodes.count - 1)
    } else {
      edges[Self.edge(from: node, by: symbol)] = Int32(nodes.count - 1)
    }
    return nodes.count - 1
  }

  /// Texts with the word, or with words that begin so, are to be found by the symbol.
  private mutating func add(_ symbol: Symbol, for word: WordHash, length: Int, mode: RuleFile.Term.Mode) {
    guard mode == .prefix else { return symbolsOfWord.insert(symbol, for: word.value) }
    symbolsOfStem.insert(symbol, for: word.value)
    stemLengths |= 1 << UInt64(min(length, 63))
  }

  private static func resolve(_ lines: [RuleFile.RuleLine], lists: [String]) throws(GuardrailError) -> [Rule] {
    var rules: [Rule] = []
    for line in lines {
      var indices: [Int] = []
      for name in line.lists + (line.unless.map { [$0] } ?? []) {
        guard let index = lists.firstIndex(of: name) else {
          throw .rules(file: line.file, line: line.line, "there is no list “\(name)” for the rule “\(line.name)”.")
        }
        indices.append(index)
      }
      let unless = line.unless == nil ? nil : indices.removeLast()
      rules.append(
        Rule(
          name: line.name, category: line.category, score: line.score, isFixed: line.isFixed, lists: indices,
          within: line.within, unless: unless))
    }
    return rules
  }

  private static func resolve(_ lines: [RuleFile.SlotLine], lists: [String]) throws(GuardrailError) -> [UInt8] {
    guard !lines.isEmpty else { return [] }
    var slots = [UInt8](repeating: 0, count: lists.count)
    for line in lines {
      for name in line.lists {
        guard let index = lists.firstIndex(of: name) else {
          throw .rules(file: line.file, line: line.line, "there is no list “\(name)” to stand for its words.")
        }
        slots[index] = line.level
      }
    }
    return slots
  }

  /// - Parameter symbol: what texts with the element's words are to be found by; nil where they are already.
  /// - Returns: the words that the element stands for.
  private mutating func addForms(
    of element: RuleFile.Term.Element, language: String, symbol: Symbol?
  ) -> [WordHash] {
    let word = WordHash(element.letters)
    switch element.mode {
    case .exact, .prefix:
      if let symbol { add(symbol, for: word, length: element.letters.count, mode: element.mode) }
      return [word]
    case .inflected:
      let forms = Inflections.forms(of: element.string, language: language).map { WordHash($0) }
      if let symbol { for form in Set(forms) { symbolsOfWord.insert(symbol, for: form.value) } }
      return forms
    case .number(let range):
      if let symbol { numberSymbols.append((range, symbol)) }
      return []
    }
  }
}

/// The symbol of each pattern, in the order in which they are asked for.
private struct SymbolNames {
  private var symbols: [UInt64: RuleSet.Symbol] = [:]

  init(capacity: Int) { symbols.reserveCapacity(capacity) }

  mutating func symbol(of key: UInt64) -> (symbol: RuleSet.Symbol, isNew: Bool) {
    if let known = symbols[key] { return (known, false) }
    let symbol = RuleSet.Symbol(symbols.count)
    symbols[key] = symbol
    return (symbol, true)
  }
}

/// The symbols of each word, in the order in which they were added; one word in a thousand has several.
struct SymbolTable: Sendable {
  private var firsts: [UInt64: RuleSet.Symbol] = [:]
  private var others: [UInt64: [RuleSet.Symbol]] = [:]

  mutating func reserveCapacity(_ count: Int) { firsts.reserveCapacity(count) }

  mutating func insert(_ symbol: RuleSet.Symbol, for word: UInt64) {
    if firsts[word] == nil { firsts[word] = symbol } else { others[word, default: []].append(symbol) }
  }

  func append(symbolsOf word: UInt64, to symbols: inout [RuleSet.Symbol]) {
    guard let first = firsts[word] else { return }
    symbols.append(first)
    if let more = others[word] { symbols += more }
  }
}

extension RuleFile.Term.Element {
  fileprivate var string: String { String(String.UnicodeScalarView(letters.compactMap(Unicode.Scalar.init))) }
}

extension RuleFile.Term.Mode {
  /// A hash that tells patterns apart.
  fileprivate func key(of word: WordHash) -> UInt64 {
    var hash = word
    switch self {
    case .exact: hash.append(1 << 24)
    case .inflected: hash.append(2 << 24)
    case .prefix: hash.append(3 << 24)
    case .number(let range):
      hash.append(4 << 24)
      hash.append(UInt32(truncatingIfNeeded: range.lowerBound))
      hash.append(UInt32(truncatingIfNeeded: range.upperBound))
    }
    return hash.value
  }
}
