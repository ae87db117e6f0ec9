import Generation

/// The events that `limn batch --json` prints, one JSON object a line; docs/events.schema.json describes them.
///
/// Fields are only ever added; a change of meaning raises ``version``.
enum BatchEvent {
  static let version = 1

  struct Started: Encodable, Sendable {
    let event = "started"
    let version = BatchEvent.version
    let limn = Limn.version
    /// Pictures of this run or shard, whatever becomes of them.
    let pictures: Int
    /// Pictures that lie there already.
    let kept: Int
    let toPaint: Int
    let refused: Int
    let invalid: Int
    /// Pictures asked for a second time.
    let repeated: Int
    let shard: String
    let ledger: String
  }

  struct Step: Encodable, Sendable {
    let event = "step"
    let index: Int
    let line: Int
    let step: Int
    let steps: Int
  }

  struct Finished: Encodable, Sendable {
    let event = "picture"
    let index: Int
    let line: Int
    let copy: Int
    let key: String
    let picture: PictureRecord
  }

  struct Refused: Encodable, Sendable {
    let event = "refused"
    let line: Int
    let copy: Int?
    let key: String
    let prompt: String
    let category: String
    let reason: String
  }

  struct Failed: Encodable, Sendable {
    let event = "failed"
    /// Nil where the line could not be read.
    let index: Int?
    let line: Int
    let copy: Int?
    let reason: String
    let attempts: Int
  }

  struct Done: Encodable, Sendable {
    let event = "done"
    let painted: Int
    let kept: Int
    let refused: Int
    let failed: Int
    /// Not begun or given up, because the batch was ended early.
    let left: Int
    let seconds: Double
    /// The exit status.
    let status: Int32
  }
}
