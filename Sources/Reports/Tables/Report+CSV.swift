extension Report {
  /// One table of everything, a line for each figure's owner: `section` says of what kind, `name` which.
  ///
  /// Fields that a section does not have are empty; an empty `name` stands for runs that named none.
  package var csv: String {
    var lines = [CSV.line(Row.Column.allCases.map { .text($0.rawValue) })]
    func add(_ section: String, _ name: String?, _ fill: (inout Row) -> Void) {
      var row = Row(section: section, name: name)
      fill(&row)
      lines.append(CSV.line(row.fields))
    }
    add("total", scope.days.map { "\($0.lowerBound) to \($0.upperBound)" }) { $0.add(totals) }
    if let before { add("before", nil) { $0.add(before) } }
    for interval in timeline.intervals {
      add(timeline.unit.rawValue, "\(interval.start)") { $0.add(interval.tally, interval.timing) }
    }
    for category in categories {
      add("category", category.name) {
        $0[.refused] = .whole(category.refused.count)
        $0[.refusalRate] = .number(category.refused.rate, places: 4)
      }
    }
    for (section, groups) in [("style", styles), ("model", models), ("user", users)] {
      for group in groups { add(section, group.name) { $0.add(group.tally, group.timing) } }
    }
    for stage in stages { add("stage", stage.name) { $0[.meanSeconds] = .number(stage.meanSeconds, places: 3) } }
    for cause in failures { add("failure", cause.meaning) { $0[.failed] = .whole(cause.runs) } }
    add("disk", "pictures") { $0[.bytes] = .whole(disk.pictureBytes) }
    add("disk", "history") { $0[.bytes] = .whole(disk.databaseBytes) }
    let effects = [
      ("with word", effectiveness.words), ("with style", effectiveness.styles),
      ("with setting", effectiveness.settings),
    ]
    for (section, effects) in effects {
      for effect in effects { add(section, effect.name) { $0.add(effect) } }
    }
    return lines.joined()
  }

  private struct Row {
    enum Column: String, CaseIterable {
      case section, name, runs, painted, refused, failed, interrupted
      case successRate = "success_rate"
      case refusalRate = "refusal_rate"
      case meanSeconds = "mean_seconds"
      case medianSeconds = "median_seconds"
      case p95Seconds = "p95_seconds"
      case picturesAnHour = "pictures_an_hour"
      case bytes, rated, kept
      case keptRate = "kept_rate"
      case keptLow = "kept_low"
      case keptHigh = "kept_high"
      case keptStandsOut = "kept_stands_out"
      case redone
      case redoneStandsOut = "redone_stands_out"
      case flagged
      case flaggedStandsOut = "flagged_stands_out"
    }

    private var values: [Column: CSV.Field]

    init(section: String, name: String?) { values = [.section: .text(section), .name: .text(name ?? "")] }

    var fields: [CSV.Field] { Column.allCases.map { values[$0] ?? .none } }

    subscript(column: Column) -> CSV.Field? {
      get { values[column] }
      set { values[column] = newValue }
    }

    mutating func add(_ tally: Tally, _ timing: Timing?) {
      values[.runs] = .whole(tally.runs)
      values[.painted] = .whole(tally.painted)
      values[.refused] = .whole(tally.refused)
      values[.failed] = .whole(tally.failed)
      values[.interrupted] = .whole(tally.interrupted)
      values[.successRate] = .number(tally.success.rate, places: 4)
      values[.refusalRate] = .number(tally.refusal.rate, places: 4)
      values[.meanSeconds] = .number(timing?.meanSeconds, places: 3)
      values[.medianSeconds] = .number(timing?.medianSeconds, places: 3)
      values[.p95Seconds] = .number(timing?.p95Seconds, places: 3)
    }

    mutating func add(_ totals: Report.Totals) {
      add(totals.tally, totals.timing)
      values[.picturesAnHour] = .number(totals.picturesAnHour, places: 1)
    }

    mutating func add(_ effect: Effect) {
      values[.runs] = .whole(effect.runs)
      values[.rated] = .whole(effect.kept.share.total)
      values[.kept] = .whole(effect.kept.share.count)
      values[.keptRate] = .number(effect.kept.share.rate, places: 4)
      values[.keptLow] = .number(effect.kept.share.interval.lowerBound, places: 4)
      values[.keptHigh] = .number(effect.kept.share.interval.upperBound, places: 4)
      values[.keptStandsOut] = .text(effect.kept.isNotable ? "yes" : "no")
      values[.redone] = .whole(effect.redone.share.count)
      values[.redoneStandsOut] = .text(effect.redone.isNotable ? "yes" : "no")
      values[.flagged] = .whole(effect.flagged.share.count)
      values[.flaggedStandsOut] = .text(effect.flagged.isNotable ? "yes" : "no")
    }
  }
}
