/// Counts what goes with kept, redone and flagged pictures.
struct EffectCounts {
  private struct Count {
    var painted = 0
    var redone = 0
    var flagged = 0
    var rated = 0
    var kept = 0
  }

  private var all = Count()
  private var byName: [String: Count] = [:]

  /// So many names are compared: those of the most runs.
  private static let nameLimit = 300

  /// - Parameters:
  ///   - painted: Painted runs, judged or not.
  ///   - rated: Rated runs, which may reach back further.
  ///   - names: The words, styles or settings of a run.
  init(painted: [SampledRun], rated: [SampledRun], names: (SampledRun) -> some Sequence<String>) {
    for run in painted {
      func add(to count: inout Count) {
        count.painted += 1
        if run.isRedone { count.redone += 1 }
        if run.isFlagged { count.flagged += 1 }
      }
      add(to: &all)
      for name in names(run) { add(to: &byName[name, default: Count()]) }
    }
    for run in rated {
      func add(to count: inout Count) {
        count.rated += 1
        if run.isKept { count.kept += 1 }
      }
      add(to: &all)
      for name in names(run) { add(to: &byName[name, default: Count()]) }
    }
  }

  var kept: Share { Share(all.kept, of: all.rated) }
  var redone: Share { Share(all.redone, of: all.painted) }
  var flagged: Share { Share(all.flagged, of: all.painted) }

  /// Names that occur often enough, most runs first.
  var effects: [Effect] {
    let frequent = byName.filter { max($0.value.painted, $0.value.rated) >= Effectiveness.fewestRuns }
      .sorted { ($1.value.painted, $0.key) < ($0.value.painted, $1.key) }.prefix(EffectCounts.nameLimit)
    // Each name is tested three times.
    let comparisons = frequent.count * 3
    func comparison(_ count: Int, of total: Int, in all: Share) -> Comparison {
      Comparison(
        Share(count, of: total), others: Share(all.count - count, of: all.total - total), comparisons: comparisons)
    }
    return frequent.map { name, count in
      Effect(
        name: name, kept: comparison(count.kept, of: count.rated, in: kept),
        redone: comparison(count.redone, of: count.painted, in: redone),
        flagged: comparison(count.flagged, of: count.painted, in: flagged))
    }
  }
}
