import Foundation
import Synchronization
import Testing

@testable import Guardrail

/// The second judge with an encoder of one number: how often a sentence says "garden".
@Suite struct SecondJudgeTests {
  private final class Counter: SentenceEncoder {
    let width = 1
    let asked = Mutex<[[String]]>([])

    func callAsFunction(_ sentences: [String]) -> [[Float]] {
      asked.withLock { $0.append(sentences) }
      return sentences.map { [Float($0.components(separatedBy: "garden").count - 1)] }
    }
  }

  /// - Parameters:
  ///   - clear: Below this logit of the classifier the encoder is not asked.
  ///   - sign: 1: gardens speak for refusing; -1: against.
  static func file(clear: Float = -100, sign: Float = 1, units: Int = 2) -> [UInt8] {
    let numbers: [Float] =
      [clear, 1, 0.3, 0, 0, 0, 0] + .init(repeating: 8, count: units) + .init(repeating: -4, count: units)
      + [Float](repeating: sign, count: units) + .init(repeating: 0, count: units * Category.count)
      + .init(repeating: 0, count: 1 + Category.count)
    let head: [UInt32] = [1, 1, UInt32(units), UInt32(1 + Category.count), 4]
    return Array("LIMNJDG1".utf8)
      + (head + numbers.map(\.bitPattern)).flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
      }
  }

  private func guardrail(_ file: [UInt8], _ encoder: Counter) throws -> Guardrail {
    try Guardrail(
      ruleFiles: [ClassifierTests.rules], classifier: ClassifierTests.trained(),
      second: (SecondJudge(bytes: file), encoder))
  }

  @Test func bothLogitsCount() throws {
    let alone = try Guardrail(ruleFiles: [ClassifierTests.rules], classifier: ClassifierTests.trained())
    let encoder = Counter()
    let stricter = try guardrail(Self.file(), encoder)
    let milder = try guardrail(Self.file(sign: -1), encoder)
    let (harmless, refused) = ("a large turnip in the garden", "a large pumpkin in the garden")
    #expect(stricter.check(harmless).score > alone.check(harmless).score)
    #expect(milder.check(refused).score < alone.check(refused).score)
    #expect(stricter.hasEncoder && !alone.hasEncoder)
  }

  @Test func sentencesAreEncodedTogetherAndOnce() throws {
    let encoder = Counter()
    _ = try guardrail(Self.file(), encoder).check("a large pumpkin. a small turnip. a large pumpkin.")
    let asked = encoder.asked.withLock(\.self)
    #expect(asked.count == 1)
    #expect(asked.first?.count == Set(asked.first ?? []).count && (asked.first?.count ?? 0) >= 3)
  }

  @Test func whatTheClassifierClearsIsNotEncoded() throws {
    let encoder = Counter()
    let verdict = try guardrail(Self.file(clear: 100), encoder).check("a large pumpkin in the garden")
    #expect(encoder.asked.withLock(\.self).isEmpty && verdict.score <= 0.3)
  }

  @Test func damagedFilesAreRefused() throws {
    let bytes = Self.file()
    _ = try SecondJudge(bytes: bytes)
    for count in 0..<bytes.count {
      #expect(throws: GuardrailError.self) { try SecondJudge(bytes: Array(bytes[..<count])) }
    }
    #expect(throws: GuardrailError.self) { try SecondJudge(bytes: bytes + [0]) }
    for place in 0..<24 {
      var damaged = bytes
      damaged[place] = 255
      #expect(throws: GuardrailError.self) { try SecondJudge(bytes: damaged) }
    }
    #expect(throws: GuardrailError.self) { try SecondJudge(bytes: Self.file(clear: .infinity)) }
  }
}
