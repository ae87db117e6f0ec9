import Foundation
import History
import Testing

/// `limn guard policy`, and what it leaves elsewhere.
@Suite struct PolicyCommandTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private var configuration: String { (folder.environment["HOME"] ?? "") + "/.config/limn" }

  private func policy(_ arguments: String...) throws -> Run { try limn(["guard", "policy"] + arguments, in: folder) }

  @Test func changesMadeAtOnceAreAllKept() throws {
    let run = try shell(
      "for i in 1 2 3 4 5 6 7 8 9 10; do limn guard policy deny word$i & done; wait", in: folder)
    #expect(run.errors.isEmpty)
    let words = try policy().lines.filter { $0.hasPrefix("deny ") }.map { String($0.dropFirst("deny    ".count)) }
    #expect(Set(words) == Set((1...10).map { "word\($0)" }))
    // The audit has them in the order in which they came into the file.
    let rows = try folder.openHistory().audit().filter { $0.action == "policy" }
    #expect(rows.map(\.detail) == words.map { "deny list with “\($0)”" })
  }

  @Test func aRoleIsSwitchedOnWhereEverybodyIsOff() throws {
    #expect(try policy("off").status == 0)
    #expect(try policy("on", "--role", "viewer").status == 0)
    #expect(try policy("show", "--role", "viewer").lines.contains("switch  on"))
    #expect(try policy("show", "--role", "creator").lines.contains("switch  off"))
    #expect(try limn("guard", "check", "you idiot", "--role", "viewer", in: folder).status == 3)
    #expect(try limn("guard", "check", "you idiot", in: folder).status == 0)
  }

  @Test func aResetNamesTheRolesThatItLeaves() throws {
    #expect(try policy("off", "--role", "creator").status == 0)
    let run = try policy("reset")
    #expect(run.status == 0 && run.errors.contains("creator (off)"))
    let row = try #require(try folder.openHistory().audit().last)
    #expect(row.subject == "everybody" && row.detail == "back to the standard, apart from creator (off)")
    #expect(try policy("reset", "--role", "creator").status == 0)
    #expect(try policy("reset").errors.isEmpty)
  }

  @Test(
    arguments: [
      "ln -s nowhere guardrail.json", "ln -s guardrail.json guardrail.json", "mkdir guardrail.json",
      "cd .. && rmdir limn && ln -s nowhere limn", "cd .. && rmdir limn && ln -s limn limn",
    ])
  func withoutThePolicyNothingIsPainted(_ damage: String) throws {
    #expect(try shell("mkdir -p ~/.config/limn && cd ~/.config/limn && \(damage)", in: folder).status == 0)
    for command in ["limn 'a fox' -o fox.png", "limn guard check 'a fox'", "limn guard policy deny fox"] {
      let run = try shell(command, in: folder)
      #expect(run.status == 5 && run.errors.contains("the guardrail's policy can't be read"), "\(command): \(run)")
    }
    #expect(folder["fox.png"] == nil)
  }

  @Test(.enabled(if: getuid() != 0, "the superuser may look everywhere"))
  func aFolderThatMayNotBeLookedIntoIsNoStandard() throws {
    #expect(try policy("deny", "fox").status == 0)
    let run = try shell(
      "chmod 0 ~/.config; limn guard check fox; status=$?; chmod 700 ~/.config; exit $status", in: folder)
    #expect(run.status == 5 && run.errors.contains("permission denied"))
  }

  @Test func unknownNamesInTheFileAreNamed() throws {
    #expect(try policy("deny", "gnome", "--role", "viewer").status == 0)
    for (old, new) in [("deny", "Deny"), ("viewer", "boss")] {
      let run = try shell(
        "cd ~/.config/limn; cp guardrail.json kept; sed -i 's/\"\(old)\"/\"\(new)\"/' guardrail.json; limn guard check 'a fox'; "
          + "status=$?; mv kept guardrail.json; exit $status", in: folder)
      #expect(run.status == 5 && run.errors.contains("`\(new)`"), "\(run.errors)")
    }
    #expect(try limn("guard", "check", "a fox", in: folder).status == 0)
    #expect(try policy("deny", "!!").status == 2)
  }

  @Test func theUsageIsThatOfTheCommand() throws {
    let run = try policy("threshold", "hate")
    #expect(run.status == 2 && run.errors.contains("Usage: limn guard policy threshold <category>"))
  }

  @Test func aRunWithoutTheGuardrailSaysSo() throws {
    #expect(try limn("a fox", "-o", "fox.png", in: folder).status == 0)
    #expect(try limn("history", "show", "last", in: folder).lines.contains("guardrail     nothing against it"))
    #expect(try policy("off").status == 0)
    #expect(try limn("a fox", "-o", "fox.png", in: folder).status == 0)
    #expect(try limn("history", "show", "last", in: folder).lines.contains("guardrail     was switched off"))
  }

  /// The state and the words of the doctor's finding about the policy.
  private func finding() throws -> [String: String] {
    let object = try #require(try limn("doctor", "--json", in: folder).objects().first)
    let findings = try #require(object["findings"] as? [[String: String]])
    return try #require(findings.first { $0["section"] == "guardrail" && $0["name"] == "policy" })
  }

  @Test func theDoctorNotesForWhomItIsOff() throws {
    #expect(try finding()["state"] == "ok")
    #expect(try policy("off", "--role", "creator").status == 0)
    var found = try finding()
    #expect(found["state"] == "note" && found["found"]?.hasSuffix("off for creator") == true)
    #expect(try policy("off").status == 0)
    #expect(try policy("on", "--role", "viewer").status == 0)
    found = try finding()
    #expect(found["state"] == "note" && found["found"]?.hasSuffix("off for everybody but viewer") == true)
  }
}
