/// A text ready to learn from: its features, what it should be taken for and how much that counts.
struct Lesson {
  /// Rows of the table: a range of the course's `rows`.
  var rows: Range<Int>
  var targets: [Float]
  var importance: [Float]

  /// "refuse", the categories, and the same again as sources with doubtful labels use them; the second half is dropped after
  /// training, but what the table learns for it stays.
  static let outputs = 2 * Classifier.outputs

  init(_ text: LabelledText, rows: Range<Int>) {
    self.rows = rows
    targets = .init(repeating: 0, count: Self.outputs)
    importance = .init(repeating: 0, count: Self.outputs)
    let trust = Trust(text)
    let offset = trust.isDoubtful ? Classifier.outputs : 0
    for output in 0..<Classifier.outputs {
      importance[offset + output] = trust.weight * (output == 0 ? 3 : 1)
    }
    if trust.isDoubtful { importance[0] = trust.weight * trust.share * 3 }
    guard let category = text.category else { return }
    targets[0] = 1
    targets[offset] = 1
    targets[offset + 1 + category.index] = 1
  }
}

/// How far to believe a source, from what its authors and the data's README say of it. Unknown sources, as an operator's own
/// labels, are believed.
struct Trust {
  var weight: Float = 1
  /// The labels go to the outputs that are dropped.
  var isDoubtful = false
  /// The part of the weight that doubtful labels have on "refuse" all the same.
  var share: Float = 0

  init(_ text: LabelledText) {
    switch text.source {
    case "unsafe_overt", "unsafe_nibbler_rewrites": weight = text.tier == "soft" ? 3 : 4
    case "safe_overt", "safe_nibbler_rewrites": weight = 2
    case "unsafe_ringabell": weight = 0.5
    case "unsafe_toxicbench": weight = 0.5
    case "unsafe_multihatecheck": weight = 2
    case "safe_multihatecheck": weight = 4
    case "unsafe_davidson", "safe_davidson": (weight, isDoubtful, share) = (0.7, true, 0.2)
    case "weak_ailuminate": (weight, isDoubtful, share) = (0.7, true, 0.1)
    case "weak_coprov2", "weak_coprov2_safe": (weight, isDoubtful, share) = (0.7, true, 0.05)
    case "invented": weight = 0.7
    case _ where text.tier == "grey": weight = 0
    default: break
    }
  }
}

extension LabelledText {
  /// Captions and written prompts, in which a word that occurs once exists.
  var isCarefullyWritten: Bool {
    ["safe_coco", "safe_dpg", "safe_overt", "safe_t2icompbench", "safe_vbench", "invented"].contains(source)
  }
}
