import Foundation
import History
import HistorySamples
import Testing

@testable import Reports

/// What `limn doctor` learns of a database.
@Suite struct HistoryHealthTests {
  @Test func aWholeHistoryIsWhole() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "limn-health-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try HistoryStore(path: folder.appending(path: "history.sqlite").path)
    for var run in SampleRuns(count: 10) { try store.finish(&run) }
    _ = try store.access()
    let health = try HistoryHealth(store, byteLimit: nil)
    #expect(health.runs == 10)
    #expect(health.damage == [])
    #expect(health.auditFaults.isEmpty && health.auditRows == 1)
    #expect(health.bytes > 4096)
    #expect(try HistoryHealth(store, byteLimit: 1000).damage == nil, "too large to be read in passing")
    #expect(HistoryHealth.libraryVersion?.hasPrefix("3.") == true)
  }
}
