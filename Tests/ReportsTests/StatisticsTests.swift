import Foundation
import Testing

@testable import Reports

/// Against SciPy and NumPy: Tests/Reference/report_statistics.py.
@Suite struct StatisticsTests {
  private struct Fixture: Decodable {
    struct Wilson: Decodable {
      let count: Int
      let total: Int
      let low: Double
      let high: Double
    }

    struct Fisher: Decodable {
      let first: [Int]
      let second: [Int]
      let probability: Double
    }

    struct Quantiles: Decodable {
      let values: [Double]
      let median: Double
      let p95: Double
    }

    let wilson: [Wilson]
    let fisher: [Fisher]
    let quantiles: [Quantiles]
  }

  private let fixture: Fixture

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../Fixtures/Reports/statistics.json")
    fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
  }

  @Test func intervalsAreWilsons() {
    #expect(fixture.wilson.count == 9)
    for expected in fixture.wilson {
      let interval = Share(expected.count, of: expected.total).interval
      #expect(abs(interval.lowerBound - expected.low) < 1e-12)
      #expect(abs(interval.upperBound - expected.high) < 1e-12)
    }
    #expect(Share(0, of: 0).interval == 0...1)
    #expect(Share(0, of: 0).rate == nil)
  }

  @Test func chanceIsFishers() {
    #expect(fixture.fisher.count == 51)
    for expected in fixture.fisher {
      let (first, second) = (
        Share(expected.first[0], of: expected.first[1]), Share(expected.second[0], of: expected.second[1])
      )
      // lgamma of tens of thousands leaves ten digits.
      #expect(abs(FisherTest.probability(first, second) - expected.probability) < 1e-9)
    }
  }

  @Test func quantilesAreNearestRanks() throws {
    for expected in fixture.quantiles {
      var durations = Durations()
      for value in expected.values { durations.add(value) }
      let timing = try #require(durations.summary())
      #expect(timing.medianSeconds == Double(Float(expected.median)))
      #expect(timing.p95Seconds == Double(Float(expected.p95)))
      #expect(abs(timing.meanSeconds - expected.values.reduce(0, +) / Double(expected.values.count)) < 1e-9)
      #expect(timing.count == expected.values.count)
    }
    #expect(Durations().summary() == nil)
  }

  @Test func fewPicturesNeverStandOut() {
    // 5 of 5 kept looks good, but among a hundred words it is what chance does.
    #expect(!Comparison(Share(5, of: 5), others: Share(500, of: 1000), comparisons: 100).isNotable)
    #expect(Comparison(Share(60, of: 70), others: Share(500, of: 1000), comparisons: 100).isNotable)
    #expect(!Comparison(Share(0, of: 0), others: Share(500, of: 1000), comparisons: 1).isNotable)
  }

  @Test func whatStandsOutComesFirst() {
    func effect(_ name: String, _ kept: Share, runs: Int) -> Effect {
      let none = Comparison(Share(0, of: runs), others: Share(0, of: 1000), comparisons: 3)
      return Effect(
        name: name, kept: Comparison(kept, others: Share(500, of: 1000), comparisons: 3), redone: none, flagged: none)
    }
    let effects = [
      effect("common", Share(50, of: 100), runs: 900), effect("good", Share(60, of: 70), runs: 80),
      effect("better", Share(70, of: 70), runs: 70), effect("rare", Share(5, of: 5), runs: 5),
    ]
    #expect(Effect.mostTelling(effects, limit: 3).map(\.name) == ["better", "good", "common"])
  }
}
