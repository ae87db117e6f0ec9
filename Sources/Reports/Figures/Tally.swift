/// Runs, counted by how they ended.
package struct Tally: Sendable, Equatable {
  package var painted = 0
  package var refused = 0
  package var failed = 0
  package var interrupted = 0

  package init(painted: Int = 0, refused: Int = 0, failed: Int = 0, interrupted: Int = 0) {
    self.painted = painted
    self.refused = refused
    self.failed = failed
    self.interrupted = interrupted
  }

  package var runs: Int { painted + refused + failed + interrupted }

  package var success: Share { Share(painted, of: runs) }
  package var refusal: Share { Share(refused, of: runs) }
  package var failure: Share { Share(failed, of: runs) }
  package var interruption: Share { Share(interrupted, of: runs) }

  package static func + (left: Tally, right: Tally) -> Tally {
    Tally(
      painted: left.painted + right.painted, refused: left.refused + right.refused,
      failed: left.failed + right.failed, interrupted: left.interrupted + right.interrupted)
  }
}
