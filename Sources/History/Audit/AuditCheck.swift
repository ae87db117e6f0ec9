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
      }
    }
  }

  /// In the order of rows.
  package let faults: [Fault]
  /// The last row; nil for an empty audit.
  package let head: Audit.Head?

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
    head = last.map { Audit.Head(position: $0.position, hash: $0.hash) }
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
  /// Reads the audit from end to end.
  package func checkAudit(expecting expected: Audit.Head? = nil) throws(HistoryError) -> AuditCheck {
    try read { database in
      let entries = try AuditEntry.fetchAll(database, sql: "SELECT * FROM audit ORDER BY position")
      let noted = try Row.fetchOne(database, sql: "SELECT position, hash FROM audit_head").map {
        Audit.Head(position: $0["position"], hash: $0["hash"])
      }
      return AuditCheck(entries, noted: noted, expected: expected)
    }
  }
}
