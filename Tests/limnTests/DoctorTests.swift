import Foundation
import GRDB
import History
import Testing

/// `limn doctor` finds what is wrong.
@Suite struct DoctorTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private struct Diagnosis {
    let status: Int32
    let isWell: Bool
    /// By section and name: `models default`.
    let findings: [String: [String: String]]

    func state(_ name: String) -> String? { findings[name]?["state"] }
    func advice(_ name: String) -> String { findings[name]?["advice"] ?? "" }
  }

  private func diagnosis(_ flags: String...) throws -> Diagnosis {
    let run = try limn(["doctor", "--json"] + flags, in: folder)
    let object = try #require(try run.objects().first)
    let findings = try #require(object["findings"] as? [[String: String]])
    return Diagnosis(
      status: run.status, isWell: try #require(object["is_well"] as? Bool),
      findings: Dictionary(
        uniqueKeysWithValues: findings.map { ("\($0["section"] ?? "") \($0["name"] ?? "")", $0) }))
  }

  @Test func aFreshInstallationIsWell() throws {
    let found = try diagnosis()
    #expect(found.status == 0 && found.isWell)
    let expected = [
      "program limn", "program system", "libraries OpenBLAS", "libraries libpng", "libraries zlib", "libraries SQLite",
      "processor processor", "processor kernels", "processor fast precisions", "processor sgemm", "room memory",
      "room history", "room cache",
      "room models", "room this folder", "models default", "guardrail guardrail", "history database",
      "terminal pictures",
    ]
    for name in expected { #expect(found.state(name) != nil && found.state(name) != "wrong", "\(name)") }
    #expect(found.findings["processor sgemm"]?["found"]?.contains("GFLOP/s") == true)
    #expect(!FileManager.default.fileExists(atPath: folder.history.path), "looking begins no history")
  }

  @Test func itIsReadByPeople() throws {
    let run = try limn("doctor", in: folder)
    #expect(run.status == 0)
    #expect(run.output.contains("  ok    limn") && run.output.contains("Everything works"))
    #expect(!run.output.contains("\u{1B}"))
  }

  @Test func chosenKernelsAreNoted() throws {
    folder.environment["LIMN_KERNELS"] = "baseline"
    let found = try diagnosis()
    #expect(found.status == 0)
    if found.state("processor kernels") == "note" { #expect(found.advice("processor kernels").contains("Unset it")) }
    #expect(found.findings["processor kernels"]?["found"] == "baseline")
  }

  @Test func missingWeightsAreWrong() throws {
    folder.environment["LIMN_WEIGHTS"] = folder.work.path
    let found = try diagnosis()
    #expect(found.status == 70 && !found.isWell)
    #expect(found.state("models default") == "wrong")
    #expect(found.advice("models default").contains("LIMN_WEIGHTS"))
    #expect(found.state("guardrail guardrail") == "wrong")
  }

  @Test func aDamagedModelIsWrong() throws {
    let models = (folder.environment["HOME"] ?? "") + "/.local/share/limn/models"
    try FileManager.default.createDirectory(atPath: models, withIntermediateDirectories: true)
    try Data("no checkpoint".utf8).write(to: URL(filePath: "\(models)/broken.safetensors"))
    let found = try diagnosis()
    #expect(found.status == 70)
    #expect(found.state("models broken") == "wrong" && found.advice("models broken").contains("broken.safetensors"))
    #expect(found.state("models default") == "ok")
  }

  @Test func changedFilesOfTheInstallationAreWrong() throws {
    let weights = folder.work.appending(path: "installed")
    try FileManager.default.createDirectory(at: weights, withIntermediateDirectories: false)
    for name in ["default", "guardrail"] {
      let place = URL(filePath: folder.environment["LIMN_WEIGHTS"] ?? "").appending(path: name)
      try FileManager.default.copyItem(at: place.resolvingSymlinksInPath(), to: weights.appending(path: name))
    }
    folder.environment["LIMN_WEIGHTS"] = weights.path
    let sums = try shell(
      "cd installed && find . -type f -print0 | xargs -0 sha256sum > ../s && mv ../s SHA256SUMS", in: folder)
    #expect(sums.status == 0)
    #expect(try diagnosis().state("models installed files") == "ok")
    try folder.change("installed/default/model_index.json") { $0.append(UInt8(ascii: "\n")) }
    let found = try diagnosis()
    #expect(found.status == 70)
    #expect(found.advice("models installed files").contains("model_index.json was changed"))
    try FileManager.default.removeItem(at: weights.appending(path: "SHA256SUMS"))
    try folder.write(Array("nonsense\n".utf8), to: "installed/SHA256SUMS")
    #expect(try diagnosis().state("models installed files") == "wrong")
  }

  @Test func theHistoryIsLookedAt() throws {
    let store = try HistoryStore(path: folder.history.path)
    var run = History.Run()
    run.outcome = .painted
    try store.finish(&run)
    _ = try store.access()
    var found = try diagnosis()
    #expect(found.state("history database") == "ok" && found.state("history audit") == "ok")
    #expect(found.findings["history database"]?["found"]?.contains("1 run") == true)
    #expect(found.findings["history you"]?["found"]?.hasSuffix("admin") == true)
    try store.write { database in
      try database.execute(sql: "DROP TRIGGER audit_unchanged")
      try database.execute(sql: "UPDATE audit SET detail = 'viewer'")
    }
    found = try diagnosis()
    #expect(found.status == 70)
    #expect(found.advice("history audit").contains("Row 1 was edited"))
  }

  @Test func aDamagedHistoryIsWrong() throws {
    try Data("no database".utf8).write(to: folder.history)
    let found = try diagnosis()
    #expect(found.status == 70)
    #expect(found.state("history database") == "wrong" && found.advice("history database").contains("damaged"))
  }
}
