import Foundation
import Testing

@testable import Guardrail

/// What docs/guardrail.md shows is so.
@Suite struct DocumentationTests {
  @Test func theExampleOfARuleFileParses() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/guardrail.md")
    let section = try #require(String(contentsOf: page, encoding: .utf8).split(separator: "## Rule files\n").last)
    let example = try #require(section.split(separator: "```\n").dropFirst().first)
    let guardrail = try Guardrail(ruleFiles: [("example.rules", String(example))])
    #expect(guardrail.check("a pumpkin").reasons.map(\.origin) == [.rule("shocking/squash")])
    #expect(guardrail.check("pumpkin spice").reasons.isEmpty)
    #expect(guardrail.check("a seedling, a pumpkin").isFixed)
    #expect(!guardrail.check("a seedling, a pumpkin, a soup").isFixed)
  }
}
