/// What a prompt can be refused for. The raw values are the words of rule files, policies and JSON.
package enum Category: String, CaseIterable, Sendable, Codable, CodingKeyRepresentable {
  case sexual
  case sexualMinors = "sexual_minors"
  case violenceGraphic = "violence_graphic"
  case hate
  case harassment
  case selfHarm = "self_harm"
  case illegal
  case shocking

  /// The position in `allCases`, for arrays with one number a category.
  package var index: Int {
    switch self {
    case .sexual: 0
    case .sexualMinors: 1
    case .violenceGraphic: 2
    case .hate: 3
    case .harassment: 4
    case .selfHarm: 5
    case .illegal: 6
    case .shocking: 7
    }
  }

  static let count = allCases.count

  /// How a refusal names the category.
  package var phrase: String {
    switch self {
    case .sexual: "sexual content"
    case .sexualMinors: "young people together with sexual content"
    case .violenceGraphic: "graphic violence"
    case .hate: "hate against a group of people"
    case .harassment: "insults and humiliation"
    case .selfHarm: "self-harm"
    case .illegal: "help with a crime"
    case .shocking: "shocking or disgusting content"
    }
  }
}

/// One number between 0 and 1 for each category.
package struct CategoryScores: Sendable, Equatable {
  private var values = [Double](repeating: 0, count: Category.count)

  package init() {}

  package subscript(category: Category) -> Double {
    get { values[category.index] }
    set { values[category.index] = newValue }
  }

  /// The category with the highest number; the first of them when several are equal.
  package var highest: (category: Category, score: Double) {
    var best = Category.sexual
    for category in Category.allCases where self[category] > self[best] { best = category }
    return (best, self[best])
  }
}
