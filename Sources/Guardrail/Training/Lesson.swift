/// How far to believe a source, from what its authors and the data's README say of it. Unknown sources, as an operator's own
/// labels, are believed.
struct Trust {
  /// What an error on the text costs the expert for prompts, or for posts when the text is one.
  var refuse: Float = 1
  /// What an error costs the models of the categories.
  var category: Float = 1

  /// How much the text's features are worth a row of the table.
  private(set) var sayInTable = 0

  init(_ text: LabelledText) {
    defer { sayInTable = Int((refuse * (text.isPost ? 4 : 1)).rounded(.up)) }
    switch text.source {
    case "unsafe_overt": (refuse, category) = (12, 2)
    case "unsafe_nibbler_rewrites": (refuse, category) = (4, 2)
    case "safe_overt": refuse = 8
    case "safe_nibbler_rewrites": refuse = 2
    case "unsafe_ringabell", "unsafe_toxicbench": refuse = 0.5
    case "safe_multihatecheck": refuse = 2
    case "unsafe_davidson", "safe_davidson": (refuse, category) = (0.15, 0.1)
    case "weak_ailuminate", "weak_coprov2", "weak_coprov2_safe": (refuse, category) = (0, 0.2)
    case "invented": refuse = text.isPost ? 0.3 : 0.1
    case "dictionary": refuse = 0.1
    case _ where text.tier == "grey": (refuse, category) = (0, 0)
    default: break
    }
  }
}

/// What a text teaches each output: nothing (nil), or which side it is on and what an error costs.
struct Lesson {
  var sides: [(isPositive: Bool, cost: Float)?]

  init(_ text: LabelledText) {
    let trust = Trust(text)
    sides = .init(repeating: nil, count: Classifier.Output.count)
    if trust.refuse > 0 {
      let isRefused = text.category != nil
      if text.isPost {
        // Each of the experts for posts learns from the other's texts too, from its own more.
        sides[Classifier.Output.post] = (isRefused, trust.refuse * (text.isForeign ? 0.5 : 1))
        sides[Classifier.Output.foreignPost] = (isRefused, trust.refuse * (text.isForeign ? 2 : 0.5))
      } else {
        sides[Classifier.Output.prompt] = (isRefused, trust.refuse)
      }
    }
    sides[Classifier.Output.gate] = (text.isPost, 1)
    sides[Classifier.Output.foreignGate] = (text.isForeign, text.isForeign ? 4 : 1)
    guard let category = text.category, trust.category > 0 else { return }
    for other in Category.allCases {
      sides[Classifier.Output.categories + other.index] = (other == category, trust.category)
    }
  }
}

extension LabelledText {
  /// Captions and written prompts, in which a word that occurs once exists.
  var isCarefullyWritten: Bool {
    ["safe_coco", "safe_dpg", "safe_overt", "safe_t2icompbench", "safe_vbench", "invented"].contains(source)
  }
}
