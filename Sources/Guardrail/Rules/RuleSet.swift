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
    var list = Node.none
    /// More of them; most nodes need no array.
    var others: [Int32] = []

    static let none = Int32.max
  }

  /// What stands in `Node.lists` for the first idea in the first language; a language has 256 of them.
  static let firstIdea: Int32 = 1 << 16
  /// What stands there for the first kind of scene.
  static let firstScene: Int32 = 1 << 17
  /// The idea of words that merely tell a language.
  static let filler = 255

  /// A word pattern that terms are made of.
  typealias Symbol = Int32

  /// How many rules and terms there are, for people.
  package let summary: String
  let listNames: [String]
  /// A hash of each list's name, by which the classifier knows it.
  let listTags: [UInt64]
  /// For each list: 1 when its name stands for its words in the classifier's phrases, 2 when it does in the looser ones, else 0;
  /// empty when no list is so.
  let slots: [UInt8]
  /// A hash of each idea's name.
  let ideaTags: [UInt64]
  /// A hash of the name of each kind of thing or deed in a picture.
  let sceneTags: [UInt64]
  let rules: [Rule]
  private(set) var nodes: [Node] = [Node()]
  /// The trie's edges: from a node in the high half of the key and a symbol in the low one.
  private var edges: [UInt64: Int32] = [:]
  private(set) var symbolsOfWord = SymbolTable()
  private(set) var symbolsOfStem = SymbolTable()
  private(set) var numberSymbols: [(range: ClosedRange<Int>, symbol: Symbol)] = []
  /// Bit n is set when a stem of n letters exists (63: of 63 or more).
  private(set) var stemLengths: UInt64 = 0
  /// Single words worth disguising, and words of plain lists.
  private(set) var tellingWords: Set<WordHash> = []
  private(set) var plainWords: Set<WordHash> = []

  private var symbolCount: Symbol = 0

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
    ideaTags = ideas.map { Self.tag("idea " + $0) }
    let scenes = Set(lists.filter(\.isScene).map(\.name)).sorted()
    sceneTags = scenes.map { Self.tag("scene " + $0) }
    rules = try Self.resolve(lines, lists: names)
    slots = try Self.resolve(slotLines, lists: names)
    guard !rules.isEmpty else { throw .incompleteRules("there is no rule in \(files.count) files; reinstall them.") }
    let termCount = lists.reduce(0) { $0 + $1.terms.count + $1.simple.count }
    summary = "\(rules.count) rules over \(termCount) terms in \(names.count) lists and for \(ideas.count) ideas"

    var symbols: [UInt64: Symbol] = [:]
    let positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
    let wordCount = lists.reduce(0) { $0 + ($1.isSilent ? 0 : $1.terms.count) }
    tellingWords.reserveCapacity(2 * wordCount)
    plainWords.reserveCapacity(2 * wordCount)
    symbols.reserveCapacity(termCount)
    nodes.reserveCapacity(termCount)
    edges.reserveCapacity(termCount)
    symbolsOfWord.reserveCapacity(termCount + wordCount)
    for list in lists {
      let language = Self.tag(list.language)
      let place: Int32
      if list.isIdea {
        let idea = ideas.firstIndex(of: list.name) ?? Self.filler
        place = Self.firstIdea + Int32((languages.firstIndex(of: list.language) ?? 0) << 8 | idea)
      } else if list.isScene {
        place = Self.firstScene + Int32(scenes.firstIndex(of: list.name) ?? 0)
      } else {
        place = list.isInnocent ? -1 : positions[list.name] ?? -1
      }
      for term in list.simple {
        var key = term.word
        key.append(term.isPrefix ? 3 << 24 : 1 << 24)
        var symbol = symbolCount
        if let known = symbols.updateValue(symbol, forKey: key.value) {
          symbols[key.value] = known
          symbol = known
        } else {
          symbolCount += 1
          if term.isPrefix {
            symbolsOfStem.insert(symbol, for: term.word.value)
            stemLengths |= 1 << UInt64(min(term.length, 63))
          } else {
            symbolsOfWord.insert(symbol, for: term.word.value)
          }
        }
        let node = next(of: 0, by: symbol) ?? add(symbol, after: 0)
        if nodes[node].list == Node.none { nodes[node].list = place } else { nodes[node].others.append(place) }
      }
      for term in list.terms {
        // A word of a phrase is telling only with its neighbours.
        let isPlain = list.isPlain || term.elements.count > 1
        var node = 0
        for element in term.elements {
          let key = element.mode == .inflected ? element.key ^ language : element.key
          let symbol: Symbol
          let known = symbols[key]
          if let known {
            symbol = known
          } else {
            symbol = symbolCount
            symbolCount += 1
            symbols[key] = symbol
          }
          node = next(of: node, by: symbol) ?? add(symbol, after: node)
          if list.isSilent, known != nil { continue }
          let forms = addForms(of: element, language: list.language, symbol: known == nil ? symbol : nil)
          // No English word is mended to one of another language.
          if !list.isSilent {
            if isPlain || element.letters.count < 3 {
              plainWords.formUnion(forms)
            } else {
              tellingWords.formUnion(forms)
            }
          }
        }
        if nodes[node].list == Node.none { nodes[node].list = place } else { nodes[node].others.append(place) }
      }
    }
    tellingWords.subtract(plainWords)
  }

  private static func tag(_ name: String) -> UInt64 { WordHash(name.unicodeScalars.lazy.map(\.value)).value }

  /// Where a symbol leads from a node.
  func next(of node: Int, by symbol: Symbol) -> Int? {
    edges[UInt64(node) << 32 | UInt64(UInt32(bitPattern: symbol))].map(Int.init)
  }

  private mutating func add(_ symbol: Symbol, after node: Int) -> Int {
    nodes[node].hasNext = true
    nodes.append(Node())
    edges[UInt64(node) << 32 | UInt64(UInt32(bitPattern: symbol))] = Int32(nodes.count - 1)
    return nodes.count - 1
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
    case .exact:
      if let symbol { symbolsOfWord.insert(symbol, for: word.value) }
      return [word]
    case .inflected:
      let forms = Inflections.forms(of: element.string, language: language)
        .map { WordHash($0.unicodeScalars.lazy.map(\.value)) }
      if let symbol { for form in Set(forms) { symbolsOfWord.insert(symbol, for: form.value) } }
      return forms
    case .prefix:
      if let symbol {
        symbolsOfStem.insert(symbol, for: word.value)
        stemLengths |= 1 << UInt64(min(element.letters.count, 63))
      }
      return [word]
    case .number(let range):
      if let symbol { numberSymbols.append((range, symbol)) }
      return []
    }
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

  /// A hash that tells elements apart.
  fileprivate var key: UInt64 {
    var hash = WordHash(letters)
    switch mode {
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
