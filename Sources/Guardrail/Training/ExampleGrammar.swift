/// Invented training texts from templates with slots: `weights/guardrail/training/examples.txt`.
///
/// Line by line: `limn examples 1`; `# ...` a comment; `slot NAME: VALUE | VALUE ...`; `allow N: TEMPLATE` and
/// `block CATEGORY N: TEMPLATE`, which make N texts each, `{NAME}` in the template standing for one value of the slot. `post`
/// before N makes posts of them, `post LANGUAGE` posts in another language than English.
package struct ExampleGrammar {
  /// The texts, in the order of the templates, the same every time.
  package let texts: [LabelledText]

  package init(contents: String) throws(GuardrailError) {
    var slots: [Substring: [Substring]] = [:]
    var texts: [LabelledText] = []
    var generator = SplitMix64(state: 42)
    for (offset, raw) in contents.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = raw.trimmed
      func wrong(_ problem: String) -> GuardrailError { .trainingData("examples, line \(offset + 1): \(problem)") }
      if offset == 0 {
        guard line == "limn examples 1" else { throw wrong("the first line must be “limn examples 1”.") }
        continue
      }
      guard !line.isEmpty, line.first != "#" else { continue }
      let halves = line.split(separator: ":", maxSplits: 1)
      guard halves.count == 2 else {
        throw wrong("expected “slot NAME: ...”, “allow N: ...” or “block CATEGORY N: ...”.")
      }
      let head = halves[0].split(separator: " ")
      switch head.first {
      case "slot" where head.count == 2:
        slots[head[1]] = halves[1].split(separator: "|", omittingEmptySubsequences: false).map(\.trimmed)
      case "allow", "block":
        var words = head.dropFirst()
        guard let count = words.popLast().flatMap({ Int($0) }), (1...10_000).contains(count) else {
          throw wrong("“\(head[head.count - 1])” is no number of texts; expected 1 to 10000.")
        }
        var category: Category?
        if head.first == "block" {
          let name = words.popFirst() ?? ""
          category = Category(rawValue: String(name))
          guard category != nil else { throw wrong("there is no category “\(name)”.") }
        }
        guard words.isEmpty || words.popFirst() == "post" && words.count <= 1 else {
          throw wrong("expected “post” or “post LANGUAGE” before the number of texts.")
        }
        let isPost = head.contains("post")
        for _ in 0..<count {
          guard let text = Self.fill(halves[1].trimmed, slots: slots, generator: &generator) else {
            throw wrong("a slot in braces is not defined above.")
          }
          texts.append(
            LabelledText(
              text: text, category: category, source: "invented", tier: "invented", isDevelopment: false,
              isPost: isPost,
              isForeign: !words.isEmpty))
        }
      default: throw wrong("expected “slot NAME: ...”, “allow N: ...” or “block CATEGORY N: ...”.")
      }
    }
    self.texts = texts
  }

  private static func fill(
    _ template: Substring, slots: [Substring: [Substring]], generator: inout SplitMix64
  ) -> String? {
    var text = ""
    var rest = template
    while let open = rest.firstIndex(of: "{") {
      guard let close = rest[open...].firstIndex(of: "}"), let values = slots[rest[rest.index(after: open)..<close]]
      else {
        return nil
      }
      text += rest[..<open]
      text += values[Int(generator.next() % UInt64(values.count))]
      rest = rest[rest.index(after: close)...]
    }
    return String((text + rest)[...].trimmed)
  }
}
