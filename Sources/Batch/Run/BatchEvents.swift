import Engine

/// The events that `limn batch --json` prints, one JSON object a line; docs/events.schema.json describes them.
///
/// Fields are only ever added; a change of meaning raises ``version``.
package enum BatchEvent {
  package static let version = 1

  package struct Started: Encodable, Sendable {
    package let event = "started"
    package let version = BatchEvent.version
    package let limn = Version.number
    /// Pictures of this run or shard, whatever becomes of them.
    package let pictures: Int
    /// Pictures that lie there already.
    package let kept: Int
    package let toPaint: Int
    package let refused: Int
    package let invalid: Int
    /// Pictures asked for a second time.
    package let repeated: Int
    package let shard: String
    package let ledger: String
  }

  package struct Step: Encodable, Sendable {
    package let event = "step"
    package let index: Int
    package let line: Int
    package let step: Int
    package let steps: Int
  }

  package struct Finished<Picture: Encodable & Sendable>: Encodable, Sendable {
    package let event = "picture"
    package let index: Int
    package let line: Int
    package let copy: Int
    package let key: String
    package let picture: Picture
  }

  package struct Refused: Encodable, Sendable {
    package let event = "refused"
    package let line: Int
    package let copy: Int?
    package let key: String
    package let prompt: String
    package let category: String
    package let reason: String
  }

  package struct Failed: Encodable, Sendable {
    package let event = "failed"
    /// Nil where the line could not be read.
    package let index: Int?
    package let line: Int
    package let copy: Int?
    package let reason: String
    package let attempts: Int
  }

  package struct Done: Encodable, Sendable {
    package let event = "done"
    package let painted: Int
    package let kept: Int
    package let refused: Int
    package let failed: Int
    /// Not begun or given up, because the batch was ended early.
    package let left: Int
    package let seconds: Double
    /// The exit status.
    package let status: Int32
  }
}

extension BatchFault {
  /// The fault as `--json` prints it.
  package var event: any Encodable & Sendable {
    guard let refused else {
      return BatchEvent.Failed(index: nil, line: line, copy: copy, reason: reason, attempts: 0)
    }
    return BatchEvent.Refused(
      line: line, copy: copy, key: refused.key.digits, prompt: refused.prompt, category: refused.category,
      reason: reason)
  }
}
