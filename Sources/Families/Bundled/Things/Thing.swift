import JSON

/// A thing that a model was taught to paint.
package struct Thing: Sendable, Equatable {
  /// The character that stands for it.
  package let emoji: String
  /// As a prompt names it: "a red apple", "Mount Fuji".
  package let name: String
  /// What else it was called in training, without articles.
  package let names: [String]
  /// Words that have to do with it.
  package let keywords: [String]
  /// Unicode's subgroup: "animal-mammal".
  package let group: String
  /// Whether it was also shown in other colours than its own.
  let isPainted: Bool
  /// Whether it is hard to tell from white paper in plain colours.
  let isPale: Bool
  /// Names of plain backgrounds whose colours it has not, the best first.
  let grounds: [String]

  /// The name without its article, in lower case.
  package var bareName: String { name.lowercased().withoutArticle }

  /// Whether no article stands before its name: "fire", "french fries".
  var isUncounted: Bool { name.lowercased() == bareName }

  /// `{"emoji": "🦊", "name": "a fox", "names": [], "keywords": ["face"], "group": "animal-mammal", "painted": true}`; nil where it
  /// is anything else.
  init?(_ value: JSONValue) {
    guard let emoji = value["emoji"]?.string, let name = value["name"]?.string, !name.isEmpty,
      let names = value["names"]?.strings, let keywords = value["keywords"]?.strings,
      let group = value["group"]?.string
    else { return nil }
    self.emoji = emoji
    self.name = name
    self.names = names
    self.keywords = keywords
    self.group = group
    isPainted = value["painted"]?.bool ?? false
    isPale = value["pale"]?.bool ?? false
    grounds = value["grounds"]?.strings ?? ["white"]
  }
}

extension JSONValue {
  /// The elements of an array of strings; nil for anything else.
  var strings: [String]? {
    guard let array else { return nil }
    let strings = array.compactMap(\.string)
    return strings.count == array.count ? strings : nil
  }
}

extension String {
  /// "a fox" as "fox".
  var withoutArticle: String {
    for article in ["a ", "an ", "the "] where hasPrefix(article) { return String(dropFirst(article.count)) }
    return self
  }
}
