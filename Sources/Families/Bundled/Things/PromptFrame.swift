/// What stands around the things of a prompt: courtesies, "a photo of", a place, a background, a style.
struct PromptFrame {
  /// What is left: the things.
  private(set) var words: [String]
  /// "in the snow"; nil where none is named.
  private(set) var place: String?
  /// Words that the model has no picture of.
  private(set) var leftOut: [String] = []
  /// Whether ``around(_:)`` puts back something else than was there.
  private(set) var hasChanged = false
  private var form: PromptPhrase.Form
  private var background: String?

  init(_ prompt: String, things: ThingList, backgrounds: Set<String>) {
    var text = prompt.trimmed
    let isCourteous = Self.dropCourtesies(&text)
    let medium = Self.dropMedium(&text)
    let phrase = PromptPhrase(text) { _ in true }
    form = phrase.form
    words = phrase.words
    hasChanged = isCourteous || medium != nil
    if let medium, !Self.drawn.contains(medium) { leftOut.append(medium) }
    if form.before == "a photo of " { leftOut.append("a photo of") }
    readStyle(backgrounds)
    takeBackground(backgrounds)
    takePlace(things)
    while let last = words.last, words.count > 1, Self.formats.contains(last),
      !things.isKnown(words.joined(separator: " ").withoutArticle),
      things.same[words.joined(separator: " ").withoutArticle] == nil
    {
      words.removeLast()
      hasChanged = true
    }
  }

  /// The frame put back around the things.
  func around(_ things: String) -> String {
    var text = things
    if let place { text += " \(place)" }
    if let background { text += " on \(Plural.withArticle(background)) background" }
    return form.applied(to: text)
  }

  // MARK: Taking it off

  private static let courtesies = [
    "please ", "can you ", "could you ", "draw me ", "draw ", "paint me ", "paint ", "show me ", "give me ", "make me ",
    "make ",
    "create ", "generate ", "i want ", "i would like ", "i'd like ", "there is ", "this is ",
  ]

  private static func dropCourtesies(_ text: inout String) -> Bool {
    let whole = text
    while let start = courtesies.first(where: text.hasPrefix) { text = String(text.dropFirst(start.count)) }
    if text.hasSuffix(" please") { text = String(text.dropLast(7)) }
    let first = text.split(separator: " ").first.map(String.init) ?? ""
    // "draw" may be part of what is to be painted.
    if !PromptPhrase.begins(first), whole.split(separator: " ").count < 4 { text = whole }
    return text != whole
  }

  /// Pictures that the model's are of.
  private static let drawn: Set = [
    "picture", "image", "drawing", "illustration", "emoji", "icon", "sticker", "clipart", "cartoon", "logo",
  ]
  private static let media: Set = [
    "photo", "photograph", "photography", "painting", "watercolor", "watercolour", "sketch", "portrait", "poster",
    "render",
    "rendering", "still", "art", "artwork", "print", "engraving", "collage", "sculpture", "closeup", "close-up",
  ]
  /// "cat icon" is a cat.
  private static let formats: Set = [
    "icon", "emoji", "sticker", "picture", "image", "clipart", "drawing", "symbol", "illustration", "logo",
  ]

  /// "an oil painting of a cat" as "a cat"; what PromptPhrase knows stays.
  private static func dropMedium(_ text: inout String) -> String? {
    guard
      ![
        "a picture of ", "a drawing of ", "an image of ", "a photo of ", "an illustration of ", "a 3d render of ",
        "a cartoon of ",
      ]
      .contains(where: text.hasPrefix)
    else { return nil }
    let words = text.split(separator: " ").map(String.init)
    guard let of = words.prefix(5).firstIndex(where: { $0 == "of" || $0 == "for" }), of > 0, of + 1 < words.count,
      drawn.contains(words[of - 1]) || media.contains(words[of - 1])
    else { return nil }
    text = words[(of + 1)...].joined(separator: " ")
    let medium = words[..<of].joined(separator: " ").withoutArticle
    return drawn.contains(words[of - 1]) ? words[of - 1] : medium
  }

  private static let styles: Set = [
    "3d", "gradient", "flat", "ink", "line art", "black and white", "cartoon", "3d render", "ink drawing",
  ]
  /// Words that promise quality and say nothing of what is to be seen.
  private static let praise: Set = [
    "4k", "8k", "hd", "uhd", "hdr", "highly detailed", "detailed", "masterpiece", "best quality", "high quality",
    "sharp focus",
    "trending on artstation", "cute", "simple", "minimal", "minimalist", "beautiful", "high resolution",
    "ultra detailed",
    "intricate", "professional", "award winning", "centered", "centred", "isolated", "icon", "emoji", "sticker",
    "clipart",
  ]

  private mutating func readStyle(_ backgrounds: Set<String>) {
    guard !form.behind.isEmpty else { return }
    let tails = form.behind.split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }
    var kept: [String] = []
    for tail in tails {
      let plain = tail.hasSuffix(" background") ? String(tail.dropLast(11)).withoutArticle : nil
      if Self.styles.contains(tail) {
        kept.append(tail)
      } else if let plain, backgrounds.contains(plain), background == nil {
        background = plain
      } else if !Self.praise.contains(tail) {
        leftOut.append(tail)
      }
    }
    let behind = kept.map { ", \($0)" }.joined()
    hasChanged = hasChanged || behind != form.behind
    form.behind = behind
  }

  private mutating func takeBackground(_ backgrounds: Set<String>) {
    guard words.last == "background", let start = words.lastIndex(where: { ["on", "with", "against"].contains($0) }),
      start > 0
    else { return }
    let name = words[(start + 1)..<(words.count - 1)].joined(separator: " ").withoutArticle
    guard backgrounds.contains(name) else { return }
    hasChanged = hasChanged || words[start] != "on" || !["a", "an"].contains(words[start + 1])
    background = name
    words.removeSubrange(start...)
  }

  private mutating func takePlace(_ things: ThingList) {
    guard words.count > 1, !things.isKnown(words.joined(separator: " ").withoutArticle),
      things.same[words.joined(separator: " ").withoutArticle] == nil
    else { return }
    for start in 1..<words.count {
      let phrase = words[start...].joined(separator: " ")
      guard let canonical = things.place(phrase) else { continue }
      place = canonical
      hasChanged = hasChanged || canonical != phrase
      words.removeSubrange(start...)
      return
    }
  }
}
