/// A prompt that names one thing.
struct SingleThing {
  /// "a red apple"
  let thing: String
  /// Whether the prompt names neither a background nor a place.
  let isPlain: Bool
  private let form: PromptPhrase.Form

  init(_ prompt: String, backgrounds: Set<String>, places: [String: [String]]) {
    var phrase = PromptPhrase(prompt.lowercased()) { _ in true }
    isPlain = phrase.takeBackground(among: backgrounds) == nil && phrase.takePlace(among: places) == nil
    form = phrase.form
    thing = phrase.words.joined(separator: " ")
  }

  /// Whether it is to be painted in plain colours, which want a plain page.
  var isFlat: Bool { form.behind.hasSuffix(", flat") }

  func text(on ground: String) -> String {
    form.applied(to: "\(thing) on \(Plural.withArticle(ground)) background")
  }
}
