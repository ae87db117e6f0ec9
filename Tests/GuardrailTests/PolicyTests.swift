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
    #expect(try Policy(path: "/no/such/file.json", knownRoles: []) == Policy())
    let policy = try PolicyChange.thresholds(.selfHarm, block: 0.7, warn: 0.2).applied(to: Policy(), role: "viewer")
      .policy
    #expect(try Policy(data: policy.data, name: "policy") == policy)
  }

  @Test func aRolesOwnSwitchComesBeforeEverybodys() throws {
    let (off, _) = try PolicyChange.switched(isOff: true).applied(to: Policy(), role: nil)
    let (policy, words) = try PolicyChange.switched(isOff: false).applied(to: off, role: "viewer")
    #expect(words == "off to on")
    #expect(!policy.strictness(for: "viewer").isOff && policy.strictness(for: "admin").isOff)
    #expect(try Policy(data: policy.data, name: "policy") == policy)
    #expect(try PolicyChange.reset.applied(to: policy, role: "viewer").policy == off)
  }

  @Test func whatRolesKeepIsSaid() throws {
    var policy = try PolicyChange.switched(isOff: true).applied(to: Policy(), role: "admin").policy
    policy = try PolicyChange.deny("gnome", isRemoved: false).applied(to: policy, role: "viewer").policy
    #expect(policy.apart == ["admin (off)", "viewer"])
    let (reset, words) = try PolicyChange.reset.applied(to: policy, role: nil)
    #expect(reset == policy && words == "back to the standard, apart from admin (off), viewer")
    #expect(PolicyChange.switched(isOff: false).rolesApart(in: policy) == ["admin (off)"])
    #expect(PolicyChange.deny("elf", isRemoved: false).rolesApart(in: policy).isEmpty)
  }

  /// What an entry for everybody may be, misspelt in turn.
  @Test(
    arguments: [
      (#"{"version":1,"everybody":{"allow":[],"Deny":[],"deny":[],"thresholds":{}},"roles":{}}"#, "`Deny`"),
      (#"{"version":1,"everybody":{"alow":["x"],"allow":[],"deny":[],"thresholds":{}},"roles":{}}"#, "`alow`"),
      (#"{"version":1,"everybody":{"allow":[],"deny":[],"thresholds":{}},"roles":{},"role":{}}"#, "`role`"),
      (
        #"{"version":1,"everybody":{"allow":[],"deny":[],"thresholds":{}},"roles":{"viewer":{"allow":[],"deny":[],"isoff":true,"thresholds":{}}}}"#,
        "`isoff` at `roles.viewer`"
      ),
      (
        #"{"version":1,"everybody":{"allow":[],"deny":[],"thresholds":{"hatred":{"block":1,"warn":1}}},"roles":{}}"#,
        "`hatred`"
      ),
      (
        #"{"version":1,"everybody":{"allow":[],"deny":[],"thresholds":{"hate":{"block":1,"warn":1,"wran":0}}},"roles":{}}"#,
        "`wran`"
      ),
      (#"{"version":1,"everybody":{"allow":[],"deny":["!!"],"thresholds":{}},"roles":{}}"#, "“!!”"),
    ])
  func unknownNamesAreNamed(contents: String, name: String) throws {
    let error = try #require(throws: GuardrailError.self) { try Policy(data: Data(contents.utf8), name: "policy") }
    #expect("\(error)".contains(name), "\(error)")
  }

  /// Only nothing at all is the standard.
  @Test func whatCannotBeReachedIsAnError() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "limn-policy-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func link(_ name: String, to target: String) throws {
      try FileManager.default.createSymbolicLink(
        atPath: folder.appending(path: name).path, withDestinationPath: target)
    }
    try link("dangling", to: "nowhere")
    try link("first", to: "second")
    try link("second", to: "first")
    try Data().write(to: folder.appending(path: "file"))
    for name in ["dangling", "first", "dangling/policy", "first/deeper/policy", "file/policy", "."] {
      #expect(throws: GuardrailError.self, "\(name)") {
        try Policy(path: folder.appending(path: name).path, knownRoles: [])
      }
    }
    #expect(try Policy(path: folder.appending(path: "new/policy").path, knownRoles: []) == Policy())
  }

  @Test func rolesThatNobodyHasAreRefused() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "limn-policy-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try PolicyChange.switched(isOff: true).applied(to: Policy(), role: "boss").policy.data.write(to: file)
    #expect(throws: GuardrailError.self) { try Policy(path: file.path, knownRoles: ["viewer", "admin"]) }
    #expect(try Policy(path: file.path, knownRoles: ["boss"]).roles.count == 1)
  }

  @Test func theLockIsHeldByOne() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "limn-policy-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path + ".lock") }
    try PolicyLock.holding(path) {
      _ = #expect(throws: GuardrailError.self) { try PolicyLock.holding(path, patience: 0.05) {} }
    }
    try PolicyLock.holding(path, patience: 0.05) {}
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
