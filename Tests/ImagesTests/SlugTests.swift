import Images
import Testing

@Suite struct SlugTests {
  @Test(
    "Names from prompts",
    arguments: [
      ("A red fox in the snow!", "a-red-fox-in-the-snow"), ("Café über Straße, señor", "cafe-uber-strasse-senor"),
      ("the dragon's lair", "the-dragons-lair"), ("../../etc/passwd", "etc-passwd"), ("-rf ~/*", "rf"),
      ("🦊", "picture"), ("", "picture"), ("...", "picture"), ("лиса в снегу", "lisa-v-snegu"), ("a\u{0}b\n/c", "a-b-c"),
      (String(repeating: "very ", count: 30) + "long", "very-very-very-very-very-very-very-very-very-very"),
      (String(repeating: "x", count: 80), String(repeating: "x", count: 50)),
    ])
  func slug(prompt: String, expected: String) { #expect(Slug.slug(of: prompt) == expected) }
}
