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
    var next: [Symbol: Int32] = [:]
    /// The lists that hold the term that ends here; negative: an innocent context.
    var lists: [Int32] = []
  }

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
  let rules: [Rule]
  private(set) var nodes: [Node] = [Node()]
  private(set) var symbolsOfWord: [UInt64: [Symbol]] = [:]
  private(set) var symbolsOfStem: [UInt64: [Symbol]] = [:]
  private(set) var numberSymbols: [(range: ClosedRange<Int>, symbol: Symbol)] = []
  /// Bit n is set when a stem of n letters exists (63: of 63 or more).
  private(set) var stemLengths: UInt64 = 0
  /// Single words worth disguising, and words of plain lists.
  let tellingWords: [String]
  let plainWords: [String]

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
    let names = Set(lists.filter { !$0.isInnocent }.map(\.name)).sorted()
    listNames = names
    listTags = names.map { WordHash($0.unicodeScalars.lazy.map(\.value)).value }
    rules = try Self.resolve(lines, lists: names)
    slots = try Self.resolve(slotLines, lists: names)
    guard !rules.isEmpty else { throw .incompleteRules("there is no rule in \(files.count) files; reinstall them.") }
    (tellingWords, plainWords) = Self.words(of: lists)
    summary = "\(rules.count) rules over \(lists.reduce(0) { $0 + $1.terms.count }) terms in \(names.count) lists"

    var symbols: [RuleFile.Term.Element: [String: Symbol]] = [:]
    let positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
    for list in lists {
      for term in list.terms {
        var node = 0
        for element in term.elements {
          let language = element.mode == .inflected ? list.language : ""
          let symbol: Symbol
          if let known = symbols[element]?[language] {
            symbol = known
          } else {
            symbol = addSymbol(element, language: language)
            symbols[element, default: [:]][language] = symbol
          }
          if let next = nodes[node].next[symbol] {
            node = Int(next)
          } else {
            nodes.append(Node())
            nodes[node].next[symbol] = Int32(nodes.count - 1)
            node = nodes.count - 1
          }
        }
        nodes[node].lists.append(list.isInnocent ? -1 : positions[list.name] ?? -1)
      }
    }
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

  private static func words(of lists: [RuleFile.List]) -> (telling: [String], plain: [String]) {
    var telling: Set<String> = []
    var plain: Set<String> = []
    for list in lists {
      for term in list.terms {
        for element in term.elements {
          if case .number = element.mode { continue }
          let word = element.string
          let forms =
            element.mode == .inflected ? Inflections.forms(of: word, language: list.language) : [word]
          // A word of a phrase is telling only with its neighbours.
          if list.isPlain || term.elements.count > 1 || word.count < 3 {
            plain.formUnion(forms)
          } else {
            telling.formUnion(forms)
          }
        }
      }
    }
    return (telling.subtracting(plain).sorted(), plain.sorted())
  }

  private mutating func addSymbol(_ element: RuleFile.Term.Element, language: String) -> Symbol {
    let symbol = symbolCount
    symbolCount += 1
    switch element.mode {
    case .exact:
      symbolsOfWord[WordHash(element.letters).value, default: []].append(symbol)
    case .inflected:
      for form in Set(Inflections.forms(of: element.string, language: language)) {
        symbolsOfWord[WordHash(form.unicodeScalars.lazy.map(\.value)).value, default: []].append(symbol)
      }
    case .prefix:
      symbolsOfStem[WordHash(element.letters).value, default: []].append(symbol)
      stemLengths |= 1 << UInt64(min(element.letters.count, 63))
    case .number(let range):
      numberSymbols.append((range, symbol))
    }
    return symbol
  }
}

extension RuleFile.Term.Element {
  var string: String { String(String.UnicodeScalarView(letters.compactMap(Unicode.Scalar.init))) }
}
