/// A value that diffusers' configurations write once for all levels or layers of a network, or once for each.
struct OneOrEach<Value: Decodable & Sendable>: Decodable, Sendable {
  private let values: [Value]

  init(_ value: Value) { values = [value] }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let list = try? container.decode([Value].self) {
      values = list
    } else {
      values = [try container.decode(Value.self)]
    }
  }

  /// The value for a place; the list must cover it.
  subscript(index: Int) -> Value { values.count == 1 ? values[0] : values[index] }

  /// Whether there is a value for each of `count` places.
  func covers(_ count: Int) -> Bool { values.count == 1 || values.count >= count }

  /// Whether all values pass a test.
  func allSatisfy(_ isFine: (Value) -> Bool) -> Bool { values.allSatisfy(isFine) }

  /// One value for each of `count` places; nil when the list has another length.
  func expanded(to count: Int) -> [Value]? {
    values.count == 1 ? Array(repeating: values[0], count: count) : (values.count == count ? values : nil)
  }
}
