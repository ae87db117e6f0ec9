/// What the second judge learns from one text; weights/guardrail/training/judge.py reads it.
struct LessonLine: Encodable {
  /// A part of the text that is judged by itself.
  struct Stretch: Encodable {
    let text: String
    /// As the guardrail finds it, not as it is labelled.
    let isForeign: Bool
    /// Whether it is all of the text, with or without its framing words.
    let isWhole: Bool
    /// The classifier's, from models that have not seen the text.
    let logit: Float
    /// How far it is a post.
    let post: Float
  }

  let source: String
  /// Nil for a harmless text.
  let category: String?
  let isPost: Bool
  /// Texts of one fold are left out together; -1: never left out.
  let fold: Int
  let trust: Float
  let categoryTrust: Float
  let stretches: [Stretch]
}
