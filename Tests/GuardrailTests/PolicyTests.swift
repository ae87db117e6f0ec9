import Foundation
import Testing

@testable import Guardrail

@Suite struct PolicyTests {
  private static let rules = (
    name: "r.rules", contents: "limn rules 1\nlist tools en\nspade\nrule tools illegal 0.9: tools"
  )

  @Test func changesSayWhatTheyChange() throws {
    let (first, words) = try PolicyChange.thresholds(.hate, block: 0.6, warn: nil).applied(to: Policy(), role: nil)
    #expect(first.everybody.thresholds[.hate] == .init(block: 0.6, warn: 0.5))
    #expect(words == "hate: block 0.8 to 0.6, warn 0.5 to 0.5")
    let (second, more) = try PolicyChange.thresholds(.hate, block: 0.4, warn: nil).applied(to: first, role: "viewer")
    #expect(second.roles["viewer"]?.thresholds[.hate] == .init(block: 0.4, warn: 0.4))
    #expect(more == "hate: block 0.6 to 0.4, warn 0.5 to 0.4")
    #expect(try PolicyChange.reset.applied(to: second, role: "viewer").policy == first)
  }

  @Test func phrasesGoOnAListOnceAndComeOffAgain() throws {
    let (first, words) = try PolicyChange.deny(" garden gnome ", isRemoved: false).applied(to: Policy(), role: nil)
    #expect(first.everybody.deny == ["garden gnome"] && words == "deny list with “garden gnome”")
    #expect(try PolicyChange.deny("garden gnome", isRemoved: false).applied(to: first, role: nil).policy == first)
    #expect(try PolicyChange.deny("garden gnome", isRemoved: true).applied(to: first, role: nil).policy == Policy())
    #expect(throws: GuardrailError.self) {
      try PolicyChange.allow("gnome", isRemoved: true).applied(to: first, role: nil)
    }
    #expect(throws: GuardrailError.self) {
      try PolicyChange.allow(" . ", isRemoved: false).applied(to: first, role: nil)
    }
  }

  @Test(arguments: [(1.5, -0.1), (0.3, 0.4), (2.5, 0.5), (Double.nan, 0.5)])
  func senselessThresholdsAreRefused(block: Double, warn: Double) {
    #expect(throws: GuardrailError.self) {
      try PolicyChange.thresholds(.shocking, block: block, warn: warn).applied(to: Policy(), role: nil)
    }
  }

  @Test func switchedOffForARoleTheVerdictSaysSo() throws {
    let policy = try PolicyChange.switched(isOff: true).applied(to: Policy(), role: "admin").policy
    let admin = try Guardrail(ruleFiles: [Self.rules], policy: policy, role: "admin")
    #expect(admin.check("a spade").decision == .allow)
    #expect(admin.check("a spade").json.hasSuffix(#""guardrail":"off"}"#))
    let viewer = try Guardrail(ruleFiles: [Self.rules], policy: policy, role: "viewer")
    #expect(viewer.check("a spade").decision == .block)
    #expect(!viewer.check("a spade").json.contains("guardrail"))
  }

  @Test func theFileIsReadBackAndAMissingOneIsTheStandard() throws {
    #expect(try Policy(path: "/no/such/file.json") == Policy())
    let policy = try PolicyChange.thresholds(.selfHarm, block: 0.7, warn: 0.2).applied(to: Policy(), role: "viewer")
      .policy
    #expect(try Policy(data: policy.data, name: "policy") == policy)
  }

  @Test(arguments: [
    "", "{}", "[]", #"{"version":2,"everybody":{"allow":[],"deny":[],"isOff":false,"thresholds":{}},"roles":{}}"#,
    #"{"version":1,"everybody":{"allow":[],"deny":[],"isOff":false,"thresholds":{"weather":{"block":1,"warn":1}}},"roles":{}}"#,
    #"{"version":1,"everybody":{"allow":[],"deny":[],"isOff":false,"thresholds":{"hate":{"block":0.1,"warn":1}}},"roles":{}}"#,
  ])
  func damagedFilesAreRefused(contents: String) {
    #expect(throws: GuardrailError.self) { try Policy(data: Data(contents.utf8), name: "policy") }
  }
}
