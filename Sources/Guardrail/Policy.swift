/// How strict the guardrail is, for everybody and for single roles; the contents of the policy file.
///
/// Whoever changes it records who and when; the guardrail only obeys. Nothing here lifts the fixed rules.
package struct Policy: Sendable, Equatable, Encodable {
  package struct Thresholds: Sendable, Equatable, Encodable {
    /// Scores from here on are refused; above 1, none are.
    package var block: Double
    /// Scores from here on pass with a warning.
    package var warn: Double

    enum CodingKeys: String, CodingKey, CaseIterable { case block, warn }

    package init(block: Double = 0.8, warn: Double = 0.5) {
      self.block = block
      self.warn = warn
    }
  }

  /// What holds where a policy says nothing: the score that 1% of the harmless prompts of the hardest source reach.
  package static func standard(for category: Category) -> Thresholds { Thresholds() }

  /// What holds for the picture filter where a policy says nothing: Yahoo's own advice.
  package static let standardPictureLimit = 0.8

  package struct Strictness: Sendable, Equatable, Encodable {
    package var thresholds: [Category: Thresholds] = [:]
    /// Words or phrases that are no reason to refuse.
    package var allow: [String] = []
    /// Words or phrases that are always refused.
    package var deny: [String] = []
    /// Whether the guardrail is switched off, so that nothing but the fixed rules is refused; nil where nobody has said: on
    /// for everybody, and for a role as for everybody.
    package var ownSwitch: Bool?
    /// What becomes of pictures that the model's own safety checker objects to; nil: they are withheld.
    package var unsafePictures: UnsafePictures?
    /// How likely a picture may show nudity for limn's filter to let it pass; 1 or more: the filter does not look; nil where nobody
    /// has said.
    package var pictureLimit: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case thresholds, allow, deny
      case ownSwitch = "isOff"
      case unsafePictures, pictureLimit
    }

    package init() {}

    /// Nothing but the fixed rules is refused.
    package var isOff: Bool {
      get { ownSwitch ?? false }
      set { ownSwitch = newValue }
    }
  }

  /// The format's version.
  package var version = 1
  package var everybody = Strictness()
  /// What differs for a role: its thresholds and its switch replace those for everybody, its lists are added to theirs.
  package var roles: [String: Strictness] = [:]

  enum CodingKeys: String, CodingKey, CaseIterable { case version, everybody, roles }

  package init() {}

  /// - Throws: `GuardrailError.policy` for an unknown version, thresholds that make no sense or phrases without a word.
  package func validate() throws(GuardrailError) {
    guard version == 1 else { throw .policy("its version is \(version); this program reads version 1.") }
    for (name, strictness) in roles.sorted(by: { $0.key < $1.key }) + [("everybody", everybody)] {
      for (category, thresholds) in strictness.thresholds {
        guard thresholds.warn >= 0, thresholds.warn <= thresholds.block, thresholds.block <= 2 else {
          throw .policy(
            "\(name), \(category.rawValue): warn is \(thresholds.warn) and block \(thresholds.block); expected 0 <= warn <= block <= 2."
          )
        }
      }
      if let limit = strictness.pictureLimit, !(0...2).contains(limit) {
        throw .policy("\(name): the limit of the picture filter is \(limit); expected 0 to 2.")
      }
      guard strictness.allow.count + strictness.deny.count <= 10_000 else {
        throw .policy("\(name): the lists have more than 10000 entries.")
      }
      for (list, phrases) in [("allow", strictness.allow), ("deny", strictness.deny)] {
        for phrase in phrases { try Self.expectWord(in: phrase, for: "\(list) list of \(name)") }
      }
    }
  }

  /// - Throws: `GuardrailError.policy` for a phrase that nothing can match.
  private static func expectWord(in phrase: String, for list: String) throws(GuardrailError) {
    guard phrase.contains(where: { $0.isLetter || $0.isNumber }) else {
      throw .policy("“\(phrase)” has no word for the \(list).")
    }
  }

  /// The roles that have settings of their own, in order, those with a switch of their own marked: `admin (off)`.
  package var apart: [String] { apart { _ in true } }

  /// Those of ``apart`` whose settings are so.
  func apart(where isMeant: (Strictness) -> Bool) -> [String] {
    roles.filter { isMeant($0.value) }.sorted { $0.key < $1.key }.map { name, own in
      own.ownSwitch.map { "\(name) (\($0 ? "off" : "on"))" } ?? name
    }
  }

  /// What holds for a role; nil or an unknown role: for everybody.
  package func strictness(for role: String?) -> Strictness {
    var result = everybody
    guard let own = role.flatMap({ roles[$0] }) else { return result }
    result.thresholds.merge(own.thresholds) { _, own in own }
    result.allow += own.allow
    result.deny += own.deny
    result.ownSwitch = own.ownSwitch ?? result.ownSwitch
    result.unsafePictures = own.unsafePictures ?? result.unsafePictures
    result.pictureLimit = own.pictureLimit ?? result.pictureLimit
    return result
  }
}

/// Where the policy's own phrases stand in a text, read through disguises as rules are.
struct PhraseMatches {
  private(set) var allowed: [Range<Int>] = []
  private(set) var denied: [Range<Int>] = []

  init(_ strictness: Policy.Strictness, in text: NormalisedText, normaliser: Normaliser) {
    allowed = strictness.allow.flatMap { Self.places(of: $0, in: text, normaliser: normaliser) }
    denied = strictness.deny.flatMap { Self.places(of: $0, in: text, normaliser: normaliser) }
  }

  /// All the words of a hit are on the allow list.
  func excuse(_ words: [Range<Int>]) -> Bool {
    !allowed.isEmpty
      && words.allSatisfy { word in
        allowed.contains { $0.lowerBound <= word.lowerBound && $0.upperBound >= word.upperBound }
      }
  }

  /// The text has allowed phrases and no rule speaks against it: the classifier alone can't refuse it.
  func excuseEverything(besides rules: Int) -> Bool { !allowed.isEmpty && rules == 0 }

  private static func places(of phrase: String, in text: NormalisedText, normaliser: Normaliser) -> [Range<Int>] {
    let hashes = normaliser.fold(phrase).map { WordHash($0) }
    guard !hashes.isEmpty, hashes.count <= text.words.count else { return [] }
    return (0...(text.words.count - hashes.count)).compactMap { start in
      zip(text.words[start...], hashes).allSatisfy { $0.hash == $1 } ? start..<start + hashes.count : nil
    }
  }
}
