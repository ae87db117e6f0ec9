import GRDB

/// What is wrong with the audit, row by row; nothing where it is whole.
package struct AuditCheck: Sendable, Equatable {
  package enum Fault: Sendable, Equatable, CustomStringConvertible {
    /// The row was changed after it was written.
    case edited(position: Int64)
    /// The row was written at another place.
    case moved(position: Int64, from: Int64)
    /// Rows from `first` to `last` are not there.
    case removed(first: Int64, last: Int64)
    /// The row does not follow the one before it: one of the two was put in, or all after it were written anew.
    case broken(position: Int64)
    /// The head that was noted in the database is not the last row's.
    case headDiffers(noted: Int64, last: Int64)
    /// The head that was noted elsewhere is not in the audit.
    case expectationMissing(position: Int64)
    /// The audit knows nothing of what the table of grants says; a sentence's beginning, "ada is admin".
    case unauditedGrant(String)
    /// The table of grants knows nothing of what the audit says.
    case missingGrant(String)
    /// A run is refused without the audit's knowing.
    case unauditedRefusal(run: String)
    /// A run that was refused is of another outcome now, or gone without having been pruned: nil.
    case changedRefusal(run: String, outcome: String?)
    /// The mark beside the database is of another history.
    case otherOwner(mark: String, admins: [String])

    package var description: String {
      switch self {
      case .edited(let position): "Row \(position) was edited: it no longer matches its hash."
      case .moved(let position, let from): "Row \(position) was moved: it was written as row \(from)."
      case .removed(let first, let last) where first == last: "Row \(first) was removed."
      case .removed(let first, let last): "Rows \(first) to \(last) were removed."
      case .broken(let position): "Row \(position) does not follow row \(position - 1): one of them was replaced."
      case .headDiffers(let noted, let last):
        "The audit ends with row \(last), but row \(noted) was noted as the last: the end was cut off or replaced."
      case .expectationMissing(let position): "Row \(position) does not have the hash that was noted elsewhere."
      case .unauditedGrant(let grant): "\(grant) by the table of grants, but not by the audit."
      case .missingGrant(let grant): "\(grant) by the audit, but not by the table of grants."
      case .unauditedRefusal(let run): "Run \(run) is refused, but the audit knows of no refusal."
      case .changedRefusal(let run, let outcome?):
        "Run \(run) was refused, says the audit; the history says \(outcome)."
      case .changedRefusal(let run, nil): "Run \(run), which was refused, is gone, and nobody pruned it."
      case .otherOwner(let mark, let admins):
        "The history was begun anew: \(mark) is of another one, whose admin was \(admins.joined(separator: ", "))."
      }
    }
  }

  /// In the order of rows.
  package private(set) var faults: [Fault]
  /// The last row; nil for an empty audit.
  package let head: Audit.Head?
  /// When a history that was begun anew was taken up, and by whom.
  package let takenUp: [AuditEntry]

  /// - Parameters:
  ///   - entries: in the order of their positions.
  ///   - noted: what the database keeps as its head.
  ///   - expected: a head that somebody noted elsewhere, at any earlier time; its hash may be cut short.
  package init(_ entries: [AuditEntry], noted: Audit.Head?, expected: Audit.Head? = nil) {
    var faults: [Fault] = []
    var (position, hash): (Int64, String?) = (0, Audit.beginning)
    let length = max(noted?.position ?? 0, entries.last?.position ?? 0)
    for entry in entries {
      let isWhole = entry.computedHash == entry.hash
      if let from = isWhole ? nil : AuditCheck.origin(of: entry, length: length) {
        faults.append(.moved(position: entry.position, from: from))
      } else if !isWhole {
        faults.append(.edited(position: entry.position))
      }
      if entry.position > position + 1 {
        faults.append(.removed(first: position + 1, last: entry.position - 1))
      } else if isWhole, let hash, entry.previous != hash {
        faults.append(.broken(position: entry.position))
      }
      // After a row that is not as it was written, the next one cannot be held against it.
      (position, hash) = (entry.position, isWhole ? entry.hash : nil)
    }
    let last = entries.last
    if let noted, noted.position != position || noted.hash != last?.hash {
      faults.append(
        noted.position > position
          ? .removed(first: position + 1, last: noted.position) : .headDiffers(noted: noted.position, last: position))
    } else if noted == nil, !entries.isEmpty {
      faults.append(.headDiffers(noted: 0, last: position))
    }
    if let expected, !AuditCheck.contains(expected, entries) {
      faults.append(.expectationMissing(position: expected.position))
    }
    self.faults = faults
    takenUp = entries.filter { $0.action == AuditEvent.Action.grant.rawValue && $0.detail == Audit.begunAnew }
    head = last.map { Audit.Head(position: $0.position, hash: $0.hash) }
  }

  /// Whether every row follows from the one before, so that what the rows say can be believed.
  fileprivate var isChained: Bool {
    faults.allSatisfy { if case .expectationMissing = $0 { true } else { false } }
  }

  fileprivate func adding(_ others: [Fault]) -> AuditCheck {
    var check = self
    check.faults += others
    return check
  }

  /// Where a row was written that does not match its hash here; nil where it matches nowhere.
  private static func origin(of entry: AuditEntry, length: Int64) -> Int64? {
    var original = entry
    for position in 1...max(1, length) {
      original.position = position
      if original.computedHash == entry.hash { return position }
    }
    return nil
  }

  private static func contains(_ head: Audit.Head, _ entries: [AuditEntry]) -> Bool {
    head.position == 0
      || entries.contains { $0.position == head.position && $0.hash.hasPrefix(head.hash) && $0.computedHash == $0.hash }
  }
}

extension HistoryStore {
  /// Reads the audit from end to end, and holds grants, refused runs and the mark of the owner against it.
  package func checkAudit(expecting expected: Audit.Head? = nil) throws(HistoryError) -> AuditCheck {
    try read { database in
      let entries = try AuditEntry.fetchAll(database, sql: "SELECT * FROM audit ORDER BY position")
      let noted = try Row.fetchOne(database, sql: "SELECT position, hash FROM audit_head").map {
        Audit.Head(position: $0["position"], hash: $0["hash"])
      }
      let check = AuditCheck(entries, noted: noted, expected: expected)
      // What was changed itself can speak for nothing.
      guard check.isChained else { return check }
      return check.adding(try RecordCheck(entries, database, path: path).faults)
    }
  }
}
