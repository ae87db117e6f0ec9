import GRDB

/// A seed, 0 ..< 2^64. SQLite's integers are signed: seeds from 2^63 on are stored as the negative number of the same bits.
package struct Seed: Hashable, Sendable, Codable, CustomStringConvertible, DatabaseValueConvertible {
  package let value: UInt64

  package init(_ value: UInt64) { self.value = value }

  package init(from decoder: any Decoder) throws { value = try decoder.singleValueContainer().decode(UInt64.self) }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }

  package var description: String { value.description }

  package var databaseValue: DatabaseValue { Int64(bitPattern: value).databaseValue }

  package static func fromDatabaseValue(_ stored: DatabaseValue) -> Seed? {
    Int64.fromDatabaseValue(stored).map { Seed(UInt64(bitPattern: $0)) }
  }
}
