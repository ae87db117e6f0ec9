import System
import Testing

@Suite struct TextTests {
  // MARK: Harmless text

  @Test(
    "what would steer a terminal is replaced",
    arguments: [
      ("a fox", "a fox", "a fox"), ("\u{1B}[31mred", "\u{FFFD}[31mred", "\u{FFFD}[31mred"),
      ("\u{9B}31m", "\u{FFFD}31m", "\u{FFFD}31m"), ("a\u{7F}b\u{0}", "a\u{FFFD}b\u{FFFD}", "a\u{FFFD}b\u{FFFD}"),
      ("one\ntwo\tthree", "one\ntwo\tthree", "one two three"), ("a\r\nb", "a\u{FFFD}\nb", "a\u{FFFD} b"),
      ("\u{202E}gnp.xof", "\u{FFFD}gnp.xof", "\u{FFFD}gnp.xof"),
      ("a\u{2066}b\u{2069}", "a\u{FFFD}b\u{FFFD}", "a\u{FFFD}b\u{FFFD}"),
      ("a\u{2028}b\u{061C}", "a\u{FFFD}b\u{FFFD}", "a\u{FFFD}b\u{FFFD}"),
      // Joined emoji, accents and other scripts stay what they are.
      ("👩‍👩‍👧 e\u{301} 犬 שלום", "👩‍👩‍👧 e\u{301} 犬 שלום", "👩‍👩‍👧 e\u{301} 犬 שלום"), ("", "", ""),
    ])
  func harmless(_ text: String, _ harmless: String, _ line: String) {
    #expect(Array(text.harmless.unicodeScalars) == Array(harmless.unicodeScalars))
    #expect(Array(text.harmlessLine.unicodeScalars) == Array(line.unicodeScalars))
    #expect(text.harmless.harmless == text.harmless)
  }

  @Test func longNamesAreCut() {
    let name = String(repeating: "x", count: 200)
    #expect(name.harmlessName == name)
    #expect((name + "y").harmlessName == name + "...")
    #expect("a\n\u{1B}b".harmlessName == "a \u{FFFD}b")
  }

  // MARK: Numbers of bytes

  @Test(
    arguments: [
      ("800", 800), ("1", 1), ("0.5GB", 1 << 29), ("2GB", 2 << 30), ("2.5 GiB", 5 << 29), ("800MB", 800 << 20),
      ("800m", 800 << 20), ("10k", 10 << 10), ("10KB", 10 << 10), ("7 B", 7), ("999999999999", 999_999_999_999),
    ])
  func bytesAreRead(_ text: String, _ bytes: Int) { #expect(ByteCount(parsing: text)?.bytes == bytes) }

  @Test(arguments: [
    "", "0", "GB", "-1GB", "1TB", "1e3", "1.2.3", "ten", "1 G B", "½GB", "9999999999999999", "1000000GB",
  ])
  func otherNumbersAreNone(_ text: String) { #expect(ByteCount(parsing: text) == nil) }

  @Test(
    arguments: [
      (0, "0 bytes"), (10_239, "10239 bytes"), (10 << 10, "10 kB"), (1 << 20, "1 MB"), (3 << 19, "2 MB"),
      (1 << 30, "1.0 GB"),
      (5 << 29, "2.5 GB"), (Int(2.55 * 1024 * 1024 * 1024), "2.5 GB"),
    ])
  func bytesAreWritten(_ bytes: Int, _ text: String) { #expect("\(ByteCount(bytes))" == text) }

  @Test func whatIsNeededIsNeverToldAsWhatIsThere() {
    let (needed, there) = (ByteCount(2_700_000_001), ByteCount(2_700_000_000))
    #expect(needed.rounded(.up) == "2.6 GB" && there.rounded(.down) == "2.5 GB")
    #expect(ByteCount((5 << 20) + 1).rounded(.up) == "6 MB" && ByteCount((5 << 20) + 1).rounded(.down) == "5 MB")
  }

  // MARK: Durations

  @Test(
    arguments: [
      (0, "0.0 s"), (0.214, "0.21 s"), (3.44, "3.4 s"), (42.4, "42 s"), (60, "1 min 0 s"), (200, "3 min 20 s"),
      (0.996, "1.0 s"), (9.97, "10 s"), (59.7, "1 min 0 s"), (3599.7, "1 h 0 min"), (3599, "59 min 59 s"),
      (3600, "1 h 0 min"), (3900, "1 h 5 min"), (90_000, "25 h 0 min"),
    ] as [(Double, String)])
  func durations(_ seconds: Double, _ text: String) { #expect(Duration.brief(seconds) == text) }
}
