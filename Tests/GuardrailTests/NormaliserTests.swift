import TestSupport
import Testing

@testable import Guardrail

@Suite struct NormaliserTests {
  let normaliser = Normaliser(
    tellingWords: ["pumpkin", "turnip"], commonWords: ["a", "big", "in", "the", "garden", "cap"])

  @Test(arguments: [
    "pumpkin", "PumpKin", "ｐｕｍｐｋｉｎ", "𝓅𝓊𝓂𝓅𝓀𝒾𝓃", "ⓟⓤⓜⓟⓚⓘⓝ", "pümpkìn",
    "p\u{301}u\u{302}m\u{337}pkin",
    "pum\u{200B}pk\u{00AD}in",
    "рumрkin", "pυmpkin", "pumpk1n", "pumpk!n", "p.u.m.p.k.i.n", "p u m p k i n", "p-u-m-p-k-i-n",
    "p  u  m  p  k  i  n",
    "puuuumpkin", "ppuummppkkiinn", "pum pkin", "pump kin", "pu mp kin", "pump-kin", "p*mpkin", "pu#pkin", "pupmkin",
    "pmpkin", "nikpmup",
    "🅿🆄🅼🅿🅺🅸🅽", "ᴘᴜᴍᴘᴋɪɴ", "p_u_m_p_k_i_n",
    "\u{1B}[31mpumpkin\u{1B}[0m", "pum\u{1B}[1;4mpkin",
    "\u{E0070}\u{E0075}\u{E006D}\u{E0070}\u{E006B}\u{E0069}\u{E006E}",
  ])
  func readsDisguises(disguised: String) {
    #expect(normaliser("a \(disguised) in the garden").plain == "a pumpkin in the garden")
  }

  @Test(arguments: [
    "mp3", "4k", "x-ray", "big cap", "u.s.a.", "1990s", "c-3po", "e-mail", "35mm", "f/1.4",
    "hello!", "caaap", "zebra",
  ])
  func leavesOrdinaryTextAlone(text: String) {
    let words = normaliser(text).plain.split(separator: " ")
    #expect(!words.contains("pumpkin") && !words.contains("turnip"))
  }

  @Test func wordsKnowWhereTheyWereTyped() {
    let typed = "a 𝓅u\u{301}m  p.k1n, big t u r n i p"
    let text = Normaliser(tellingWords: ["pumpkin", "turnip", "pum"], commonWords: ["a", "big"])(
      typed)
    let utf8 = Array(typed.utf8)
    let spans = text.typedRanges.map { String(decoding: utf8[$0], as: UTF8.self) }
    #expect(spans.first == "a")
    #expect(spans[1] == "𝓅u\u{301}m")
    #expect(spans.last == "t u r n i p")
    #expect(text.plain.hasSuffix("big turnip"))
  }

  @Test func wordsWrittenTogetherAreCut() {
    #expect(normaliser("bigpumpkin").plain == "big pumpkin")
    #expect(normaliser("thegardenturnip").plain == "the garden turnip")
    #expect(normaliser("gardener").plain == "gardener")
  }

  @Test(arguments: [
    ("the garden p u m p k i n", "the garden pumpkin"), ("a p*mpkin.", "a pumpkin"),
    ("in p*mpkin, a cap!", "in pumpkin a cap"),
    ("t h e g a r d e n p u m p k i n", "the garden pumpkin"), ("in t h e garden", "in the garden"),
  ])
  func gapsAndMasksEndWhereTheWordDoes(typed: String, plain: String) {
    #expect(normaliser(typed).plain == plain)
  }

  @Test func wordsThatMerelyExistAreLeftAloneAndReadNowhereElse() {
    func hash(_ word: String) -> UInt64 { WordHash(word).value }
    var vocabulary = Vocabulary()
    vocabulary.insert(used: [hash("big"), hash("the")], rare: [hash("pumpkim"), hash("tur")])
    let normaliser = Normaliser(
      vocabulary: vocabulary, tellingWords: ["pumpkin", "turnip"].map { WordHash($0) })
    #expect(normaliser("the pumpkim").plain == "the pumpkim")
    #expect(normaliser("the pmpkin").plain == "the pumpkin")
    #expect(normaliser("bigthetur").plain == "bigthetur")
    #expect(normaliser("thebigturnip").plain == "the big turnip")
  }

  @Test func clausesEndWhereTheyArePartedOff() {
    let text = normaliser(
      "A big garden. The cap next to the turnip; a poster that says: \"big cap\" in the garden, the end")
    #expect(
      text.clauses.map { $0.words.map(text.string).joined(separator: " ") } == [
        "a big garden", "the cap", "next to the turnip", "a poster that says", "big cap", "in the garden the end",
      ])
    #expect(text.clauses.map(\.boundary) == [.sentence, .joiner, .joiner, .sign, .sign, .sign])
    #expect(normaliser("the \"big cap\"").clauses.map(\.boundary) == [.quotation, .quotation])
    #expect(normaliser("p.u.m.p.k.i.n in the garden").clauses.count == 1)
    #expect(normaliser("").clauses.isEmpty)
  }

  @Test func otherAlphabetsKeepTheirLetters() {
    #expect(normaliser("Большая тыква").plain == "большая тыква")
    #expect(normaliser("हिन्दी में").words.count == 2)
    #expect(normaliser("南瓜").words.count == 2)
    #expect(normaliser("Käse für Łukasz").plain == "kase fur lukasz")
  }

  /// Sizes and contents that have stopped other filters; the time limit stands for "linear".
  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      ("p u m p k i n ", 20_000), ("z ", 200_000), ("pumpkin", 40_000), ("x", 300_000),
      ("p\u{301}", 10_000), ("\u{301}", 10_000),
      ("-", 300_000), ("- ", 150_000), ("1!", 150_000), ("p*", 150_000), ("z.", 150_000),
      ("南", 100_000), ("\u{1B}[", 100_000), ("a\u{200B}", 100_000),
    ])
  func hugeTextsAreReadInLinearTime(piece: String, count: Int) {
    let text = String(repeating: piece, count: count)
    let result = normaliser(text)
    #expect(
      result.typedRanges.allSatisfy {
        $0.lowerBound >= 0 && $0.upperBound <= text.utf8.count && !$0.isEmpty
      })
  }

  /// Random scalars from every plane; spans must lie in the text, in order, whatever was typed.
  @Test func randomTextsNeverTrap() {
    var generator = SeededRandom(seed: 7)
    let alphabet = Array("pumkin tr 1!|$*.-'\u{301}\u{200B}рυ南ﬃ🅿é0@()".unicodeScalars)
    for _ in 0..<3000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<generator.next(below: 40) {
        let isWild = generator.next(below: 8) == 0
        let wild = Unicode.Scalar(UInt32(generator.next(below: 0x11_0000)))
        text.append(isWild ? wild ?? " " : alphabet[generator.next(below: alphabet.count)])
      }
      let typed = String(text)
      for range in normaliser(typed).typedRanges {
        #expect(range.lowerBound < range.upperBound && range.upperBound <= typed.utf8.count)
      }
    }
  }
}

extension SeededRandom {
  mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
