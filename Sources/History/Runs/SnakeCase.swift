import GRDB

/// The names of a run's properties beside those of its columns: `orderID` is `order_id`.
enum SnakeCase {
  private static let exceptions = [
    "orderID": "order_id", "userID": "user_id", "processID": "process_id", "batchID": "batch_id",
  ]
  private static let properties = Dictionary(uniqueKeysWithValues: exceptions.map { ($0.value, $0.key) })

  static func column(_ key: any CodingKey) -> String {
    let name = key.stringValue
    if let column = exceptions[name] { return column }
    return name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
  }

  static func property(_ column: String) -> any CodingKey {
    if let name = properties[column] { return Name(stringValue: name) }
    let words = column.split(separator: "_")
    return Name(
      stringValue: words.dropFirst().reduce(String(words.first ?? "")) {
        $0 + $1.prefix(1).uppercased() + $1.dropFirst()
      })
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
  }
}
