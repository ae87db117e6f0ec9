import Foundation
import History
import HistorySamples
import Testing

/// `limn report` as a user meets it.
@Suite struct ReportTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private var historyPath: String { folder.history.path }

  /// A history of the last weeks, all of it one's own or none.
  @discardableResult
  private func addHistory(count: Int = 60, isOwn: Bool = true, _ change: (inout History.Run) -> Void = { _ in }) throws
    -> HistoryStore
  {
    let store = try HistoryStore(path: historyPath)
    let person = Person.current
    _ = try store.access()
    for var run in SampleRuns(count: count, start: Date() - 20 * 86_400, spacing: 3600) {
      if isOwn { (run.userID, run.userName) = (person.userID, person.name) }
      change(&run)
      try store.finish(&run)
    }
    return store
  }

  @Test func nothingIsReportedOfNothing() throws {
    for flags in [[], ["--json"], ["--csv"], ["--since", "all"]] {
      let run = try limn(["report"] + flags, in: folder)
      #expect(run.status == 0)
      #expect(!run.output.isEmpty && run.errors.isEmpty)
    }
    #expect(!FileManager.default.fileExists(atPath: historyPath), "a report begins no history")
  }

  @Test func whatWasPaintedIsReported() throws {
    try addHistory()
    let run = try limn("report", in: folder)
    #expect(run.status == 0)
    for part in ["60 runs", "painted", "By day", "Styles", "cartoon", "Models", "sd15", "Disk"] {
      #expect(run.output.contains(part), "\(part)")
    }
    #expect(!run.output.contains("\u{1B}"), "no colours in a file")
    #expect(run.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func jsonIsOneObject() throws {
    try addHistory()
    let report = try #require(try limn("report", "--json", "--by", "week", in: folder).objects().first)
    let totals = try #require(report["totals"] as? [String: Any])
    #expect((totals["tally"] as? [String: Any])?["runs"] as? Int == 60)
    #expect((report["timeline"] as? [String: Any])?["unit"] as? String == "week")
  }

  @Test func csvIsATable() throws {
    try addHistory()
    let lines = try limn("report", "--csv", "--style", "flat", in: folder).output.split(separator: "\r\n")
    #expect(lines[0].hasPrefix("section,name,runs,painted,"))
    #expect(lines.count { $0.hasPrefix("style,") } == 1)
    #expect(lines.count { $0.hasPrefix("day,") } == 30)
  }

  @Test func thePageShowsPictures() throws {
    let picture = try folder.addReference("fox.png")
    let hash = try shell("sha256sum fox.png", in: folder).output.prefix(64).description
    try addHistory { run in
      guard run.outputPath != nil else { return }
      (run.outputPath, run.outputHash, run.rating) = (folder.work.appending(path: "fox.png").path, hash, 5)
    }
    let run = try limn("report", "--html", "report.html", in: folder)
    #expect(run.status == 0)
    #expect(run.lines == ["report.html"])
    let page = String(decoding: try #require(folder["report.html"]), as: UTF8.self)
    #expect(page.hasSuffix("</html>\n"))
    #expect(page.contains("data:image/png;base64,"))
    #expect(try limn("report", "--html", "-", in: folder).output.utf8.count == page.utf8.count)
    #expect(picture.count > 0 && page.utf8.count < 400_000)
  }

  @Test func aPageThatIsThereIsReplacedWholeOrNotAtAll() throws {
    try addHistory(count: 5)
    try folder.write(Array("old".utf8), to: "report.html")
    #expect(try limn("report", "--html", "report.html", in: folder).status == 0)
    #expect((folder["report.html"] ?? []).starts(with: "<!DOCTYPE html>".utf8))
    let run = try limn("report", "--html", "missing/report.html", in: folder)
    #expect(run.status == 2)
    #expect(run.errors.contains("there is no folder missing"))
    #expect(try folder.names == ["report.html"], "no scraps")
  }

  @Test func filtersThatMatchNothingSaySo() throws {
    try addHistory(count: 5)
    let run = try limn("report", "--style", "no such", in: folder)
    #expect(run.status == 0)
    #expect(run.output.contains("No runs in this period"))
  }

  @Test(arguments: [
    (["--json", "--csv"], "choose one"), (["--since", "soon"], "--since soon is no day"),
    (["--until", "2026-02-30"], "--until 2026-02-30 is no day"), (["--html", ""], "--html names no file"),
    (["--by", "hour"], "hour"),
  ])
  func mistakesAreRefused(_ flags: [String], _ sentence: String) throws {
    let run = try limn(["report"] + flags, in: folder)
    #expect(run.status == 2)
    #expect(run.errors.contains(sentence), "\(run.errors)")
    // Whoever asked for JSON is answered in it.
    #expect(flags.contains("--json") ? run.output.contains(#""event":"error""#) : run.output.isEmpty)
  }

  @Test func aDamagedHistoryIsAnErrorAndLeftAsItIs() throws {
    try addHistory(count: 1)
    let rubbish = Data("This is no database at all, whatever its name says. ".utf8)
    for ending in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: historyPath + ending) }
    try rubbish.write(to: URL(filePath: historyPath))
    let run = try limn("report", in: folder)
    #expect(run.status == 5)
    #expect(run.errors.contains("damaged"))
    #expect(try Data(contentsOf: URL(filePath: historyPath)) == rubbish)
  }

  // MARK: Permissions

  /// What the grants say of the person who runs these tests.
  private func grant(_ store: HistoryStore, _ role: Role?) throws {
    let person = Person.current
    let other = Grant.Subject.user(id: person.userID + 1, name: "grace")
    let admin = try store.access()
    try store.grant(.role(.admin), to: other, by: admin)
    if let role { try store.grant(.role(role), to: .user(id: person.userID, name: person.name), by: admin) }
    try store.revoke(.role(.admin), from: .user(id: person.userID, name: person.name), by: admin)
  }

  @Test func creatorsSeeTheirOwnRuns() throws {
    let store = try addHistory(count: 10)
    try addHistory(count: 15, isOwn: false)
    try grant(store, .creator)
    let run = try limn("report", in: folder)
    #expect(run.output.contains("Runs of \(Person.current.name)"))
    #expect(run.output.contains("10 runs"))
    let refused = try limn("report", "--user", "ada", in: folder)
    #expect(refused.status == 4)
    #expect(refused.errors.contains("may not see the history of others") && refused.errors.contains("grace"))
    #expect(try store.audit().last?.action == "forbidden", "each refusal is written down")
  }

  @Test func viewersSeeFiguresAndNoWords() throws {
    let store = try addHistory(count: 40, isOwn: false) { run in
      run.rating = 5
      run.prompt = "a secret fox"
      run.typedPrompt = nil
      run.error = run.error.map { _ in "secret.safetensors is missing." }
    }
    try grant(store, .viewer)
    for flags in [[], ["--json"], ["--csv"], ["--html", "-"]] {
      let run = try limn(["report"] + flags, in: folder)
      #expect(run.status == 0)
      #expect(run.output.contains("ada"), "users are figures")
      #expect(!run.output.contains("secret"))
    }
  }

  @Test func whoHasNoRoleSeesNothing() throws {
    let store = try addHistory(count: 3)
    try grant(store, nil)
    let run = try limn("report", in: folder)
    #expect(run.status == 4)
    #expect(run.output.isEmpty)
    #expect(run.errors.contains("grace can allow it"))
  }

  @Test func aReadOnlyHistoryIsReported() throws {
    try addHistory(count: 10)
    let place = folder.history.path
    try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: place)
    #expect(try limn("report", in: folder).output.contains("10 runs"))
  }
}
