import Foundation
import Testing

/// Mistakes on the command line: status 2, a sentence, and nothing written.
@Suite struct MistakeTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  /// A command line, and words that the sentence about it must hold.
  struct Mistake: CustomTestStringConvertible {
    let arguments: [String]
    let words: [String]

    var testDescription: String { arguments.joined(separator: " ") }

    init(_ arguments: String..., says words: [String]) {
      (self.arguments, self.words) = (arguments, words)
    }
  }

  static let mistakes = [
    Mistake("--steps", "4", says: ["prompt is missing"]),
    Mistake("", says: ["prompt is empty"]),
    Mistake(" \t", says: ["prompt is empty"]),
    Mistake("a fox", "--bogus", says: ["--bogus"]),
    Mistake("a fox", "--style", "bogus", says: ["bogus", "flat, ink"]),
    Mistake("a fox", "--sampler", "bogus", says: ["bogus", "dpm++2m-sde"]),
    Mistake("a fox", "--schedule", "bogus", says: ["bogus", "karras"]),
    Mistake("a fox", "--spacing", "bogus", says: ["bogus", "trailing"]),
    Mistake("a fox", "--metadata", "bogus", says: ["bogus", "minimal"]),
    Mistake("a fox", "--aspect", "bogus", says: ["bogus", "16:9"]),
    Mistake("a fox", "--aspect", "0:1", says: ["0:1"]),
    Mistake("a fox", "--size", "huge", says: ["huge", "medium"]),
    Mistake("a fox", "--megapixels", "0", says: ["--megapixels"]),
    Mistake("a fox", "--width", "65", "--height", "64", says: ["65x64", "multiples of 8"]),
    Mistake("a fox", "--width", "0", "--height", "64", says: ["0x64"]),
    Mistake("a fox", "--width", "8200", "--height", "64", says: ["8200x64"]),
    Mistake("a fox", "--width", "64", says: ["--height"]),
    Mistake("a fox", "--width", "64", "--height", "64", "--aspect", "1:1", says: ["--aspect"]),
    Mistake("a fox", "--size", "small", "--megapixels", "0.1", says: ["--size", "--megapixels"]),
    Mistake("a fox", "--strength", "0.5", says: ["--reference"]),
    Mistake("a fox", "--reference", "reference.png", "--strength", "1.5", says: ["--strength", "1.5"]),
    Mistake("a fox", "--steps", "0", says: ["--steps 0"]),
    Mistake("a fox", "--steps", "1001", says: ["--steps 1001"]),
    Mistake("a fox", "--steps", "many", says: ["many"]),
    Mistake("a fox", "--count", "0", says: ["--count 0"]),
    Mistake("a fox", "--threads", "0", says: ["--threads 0"]),
    Mistake("a fox", "--guidance", "nan", says: ["--guidance"]),
    Mistake("a fox", "--guidance", "-1", says: ["--guidance"]),
    Mistake("a fox", "--clip-skip", "2", says: ["--clip-skip 2"]),
    Mistake("a fox", "--seed", "\(UInt64.max)", "--count", "2", says: ["--seed", "2 pictures"]),
    Mistake("a fox", "--seed", "18446744073709551616", says: ["--seed"]),
    Mistake("a fox", "-o", "-", "--count", "2", says: ["one picture"]),
    Mistake("a fox", "-o", "-", "--json", says: ["--json"]),
    Mistake("-", "-r", "-", says: ["Standard input"]),
    Mistake("styles", "--bogus", says: ["--bogus"]),
    Mistake("inspect", says: ["file"]),
  ]

  @Test("status 2", arguments: mistakes)
  func mistakesAreExplained(_ mistake: Mistake) throws {
    try folder.addReference()
    let run = try limn(mistake.arguments, in: folder)
    #expect(run.status == 2)
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("limn: "))
    for word in mistake.words { #expect(run.errors.contains(word)) }
    #expect(try folder.names == ["reference.png"])
  }

  @Test func aPromptBeyondAMegabyteIsTooLong() throws {
    let run = try limn("-", input: Array(repeating: UInt8(ascii: "a"), count: (1 << 20) + 1), in: folder)
    #expect(run.status == 2)
    #expect(run.errors.contains("… is not shorter than a megabyte.") && run.errors.utf8.count < 200)
  }
}
