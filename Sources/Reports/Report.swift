/// What the history says about a period, in figures: everything that the renderings show, and nothing that they compute.
package struct Report: Sendable, Equatable, Encodable {
  package var scope: Scope
  package var totals: Totals
  /// The period of the same length just before; nil where the report has no beginning.
  package var before: Totals?
  package var timeline: Timeline
  /// Refused runs by the category that they were refused for, most first.
  package var categories: [RefusedCategory]
  /// By style, model and user, most runs first.
  package var styles: [Group]
  package var models: [Group]
  /// Empty where the report is about one person.
  package var users: [Group]
  /// Where the time of painting goes, on the mean of the latest runs (``Effectiveness/runLimit``).
  package var stages: [Stage]
  /// Why runs failed, most frequent first.
  package var failures: [Cause]
  package var disk: DiskUse
  /// What goes with pictures that were kept, redone and flagged.
  package var effectiveness: Effectiveness
  /// The best rated pictures, then the latest; empty where prompts may not be seen.
  package var pictures: [Specimen]

  package init(scope: Scope, totals: Totals, timeline: Timeline, disk: DiskUse) {
    self.scope = scope
    self.totals = totals
    self.timeline = timeline
    self.disk = disk
    categories = []
    styles = []
    models = []
    users = []
    stages = []
    failures = []
    effectiveness = Effectiveness()
    pictures = []
  }

  /// What is reported on.
  package struct Scope: Sendable, Equatable, Encodable {
    /// Days in the local time zone, both included; nil of an empty history.
    package var days: ClosedRange<Day>?
    /// When the report was made, for example `2026-11-23 14:05`.
    package var made: String
    /// The program that made it, for example `limn 0.2.0`.
    package var software: String
    /// Whose runs: a user's name; nil for everyone's.
    package var user: String?
    package var style: String?
    package var model: String?
    /// Whether words of prompts and pictures may be shown.
    package var showsPrompts: Bool

    package init(
      days: ClosedRange<Day>?, made: String, software: String, user: String? = nil, style: String? = nil,
      model: String? = nil, showsPrompts: Bool = true
    ) {
      self.days = days
      self.made = made
      self.software = software
      self.user = user
      self.style = style
      self.model = model
      self.showsPrompts = showsPrompts
    }
  }

  /// The figures of a whole period.
  package struct Totals: Sendable, Equatable, Encodable {
    package var tally: Tally
    /// Of painted runs, from start to end.
    package var timing: Timing?
    /// How long jobs of batches waited for their turn.
    package var waiting: Timing?
    /// Painted runs in an hour of painting; idle time does not count.
    package let picturesAnHour: Double?

    package init(tally: Tally = Tally(), timing: Timing? = nil, waiting: Timing? = nil) {
      self.tally = tally
      self.timing = timing
      self.waiting = waiting
      picturesAnHour = timing.flatMap { $0.meanSeconds > 0 ? 3600 / $0.meanSeconds : nil }
    }
  }

  /// The runs of one style, model or user.
  package struct Group: Sendable, Equatable, Encodable {
    /// Nil for runs that named none.
    package let name: String?
    package let tally: Tally
    package let timing: Timing?

    package init(name: String?, tally: Tally, timing: Timing?) {
      self.name = name
      self.tally = tally
      self.timing = timing
    }
  }

  package struct RefusedCategory: Sendable, Equatable, Encodable {
    package let name: String
    /// Of all runs.
    package let refused: Share

    package init(name: String, refused: Share) {
      self.name = name
      self.refused = refused
    }
  }

  /// A stage of painting: load, encode, sample, decode, write.
  package struct Stage: Sendable, Equatable, Encodable {
    package let name: String
    package let meanSeconds: Double

    package init(name: String, meanSeconds: Double) {
      self.name = name
      self.meanSeconds = meanSeconds
    }
  }

  package struct Cause: Sendable, Equatable, Encodable {
    package let exitStatus: Int
    package let runs: Int
    /// What the latest of them said; nil where that may not be shown.
    package let example: String?

    package init(exitStatus: Int, runs: Int, example: String?) {
      self.exitStatus = exitStatus
      self.runs = runs
      self.example = example
    }
  }

  /// Bytes on the disk.
  package struct DiskUse: Sendable, Equatable, Encodable {
    /// Of the pictures that the period's runs wrote, as they were written.
    package let pictureBytes: Int
    package let databaseBytes: Int

    package init(pictureBytes: Int, databaseBytes: Int) {
      self.pictureBytes = pictureBytes
      self.databaseBytes = databaseBytes
    }
  }

  /// A picture to look at.
  package struct Specimen: Sendable, Equatable, Encodable {
    /// The run's number in the history.
    package let run: Int64
    package let prompt: String
    package let style: String?
    package let path: String
    /// The SHA-256 of the file that was written; nil where it was not recorded.
    package let hash: String?
    /// 1...5; nil where nobody rated it.
    package let rating: Int?
    /// A small PNG, where the picture could be read; only pages show it.
    package var thumbnail: [UInt8]?

    private enum CodingKeys: CodingKey { case run, prompt, style, path, rating }

    package init(
      run: Int64, prompt: String, style: String?, path: String, hash: String? = nil, rating: Int?,
      thumbnail: [UInt8]? = nil
    ) {
      self.hash = hash
      self.run = run
      self.prompt = prompt
      self.style = style
      self.path = path
      self.rating = rating
      self.thumbnail = thumbnail
    }
  }
}
