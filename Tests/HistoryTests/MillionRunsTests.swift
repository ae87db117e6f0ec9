import Foundation
import History
import HistorySamples
import Testing

/// How fast a large history is: `make bench-history`, which sets `LIMN_BENCH_RUNS`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["LIMN_BENCH_RUNS"] != nil))
struct MillionRunsTests {
  @Test func insertingAndSearching() throws {
    let count = Int(ProcessInfo.processInfo.environment["LIMN_BENCH_RUNS"] ?? "") ?? 0
    let place = try TemporaryHistory()
    let store = try place.open()
    let filling = measure { try store.add(SampleRuns(count: count)) }
    report("filled with \(count) runs", filling)
    var inserts: [Double] = []
    for var run in SampleRuns(count: 500, seed: 2) {
      let outcome = run.outcome
      run.outcome = .running
      inserts.append(measure { try store.begin(&run) })
      run.outcome = outcome
      inserts.append(measure { try store.finish(&run) })
    }
    inserts.sort()
    report("begin or finish a run, median", inserts[inserts.count / 2])
    report("begin or finish a run, 99th percentile", inserts[inserts.count * 99 / 100])
    #expect(inserts[inserts.count / 2] < 0.002)

    var searches: [(String, RunFilter)] = []
    func search(_ name: String, _ change: (inout RunFilter) -> Void) {
      var filter = RunFilter()
      filter.limit = 25
      change(&filter)
      searches.append((name, filter))
    }
    search("latest 25") { _ in }
    search("a common word") { $0.text = "fox" }
    search("two words") { $0.text = "golden lantern" }
    search("a phrase") { $0.text = "\"a tiny dragon\"" }
    search("the beginning of a word") { $0.text = "butter*" }
    search("a word that nobody used") { $0.text = "armadillo" }
    search("a word of a user's in a style since a week") {
      ($0.text, $0.user, $0.style) = ("teapot", "alan", "flat")
      $0.since = Date(timeIntervalSince1970: 1_767_225_600 + Double(count) * 60 - 604_800)
    }
    search("refused") { $0.outcomes = [.refused] }
    search("unsafe") { $0.isUnsafe = true }
    search("a style") { $0.style = "3d" }
    search("rated 5 or better") { $0.minimumRating = 5 }
    search("a flag") { $0.flag = "kept" }
    for (name, filter) in searches {
      let seconds = measure { _ = try store.runs(filter) }
      report("search: \(name)", seconds)
      #expect(seconds < 1, "\(name)")
    }
    var words = RunFilter()
    words.text = "fox"
    report("count a common word", measure { _ = try store.count(words) })
    let size = try FileManager.default.attributesOfItem(atPath: place.path)[.size] as? Int ?? 0
    print("  file: \(size / 1_000_000) MB")
  }

  private func measure(_ work: () throws -> Void) -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    do { try work() } catch { Issue.record("\(error)") }
    return (clock.now - start) / .seconds(1)
  }

  private func report(_ what: String, _ seconds: Double) {
    print("  \(what): \((seconds * 1_000_000).rounded() / 1000) ms")
  }
}
