extension JSONValue {
  /// Makes a `Decodable` value of this tree. Keys are in snake case here and in camel case there: `cross_attention_dim` is
  /// `crossAttentionDim`.
  ///
  /// - Throws: `DecodingError`: `.keyNotFound` for what is missing, `.typeMismatch` for a value of another kind, or a number
  ///   that the type cannot hold.
  package func decoded<Value: Decodable>(as _: Value.Type = Value.self) throws -> Value {
    try JSONValueDecoder(value: self, codingPath: []).decode(Value.self)
  }
}

/// Presents a ``JSONValue`` to `Decodable` types.
private struct JSONValueDecoder: Decoder, SingleValueDecodingContainer {
  let value: JSONValue
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy _: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard let members = value.object else { throw mismatch([String: JSONValue].self) }
    return KeyedDecodingContainer(JSONMembers(members: members, codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let elements = value.array else { throw mismatch([JSONValue].self) }
    return JSONElements(elements: elements, codingPath: codingPath)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

  func decodeNil() -> Bool { value == .null }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    guard let scalar = type as? any JSONScalar.Type else { return try Value(from: self) }
    guard let found = scalar.init(value) as? Value else { throw mismatch(type) }
    return found
  }

  private func mismatch(_ type: Any.Type) -> DecodingError {
    DecodingError.typeMismatch(type, .init(codingPath: codingPath, debugDescription: "a value of another kind"))
  }
}

/// The members of an object.
private struct JSONMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let members: [String: JSONValue]
  let codingPath: [any CodingKey]

  /// As they are spelt here, so that the keys of a dictionary stay what they are.
  var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }

  func contains(_ key: Key) -> Bool { value(key) != nil }

  func decodeNil(forKey key: Key) throws -> Bool { try member(key).decodeNil() }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try member(key).decode(type) }

  func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type, forKey key: Key) throws
    -> KeyedDecodingContainer<Inner>
  { try member(key).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try member(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { JSONValueDecoder(value: .object(members), codingPath: codingPath) }

  func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }

  private func member(_ key: Key) throws -> JSONValueDecoder {
    guard let value = value(key) else {
      throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "no such member"))
    }
    return JSONValueDecoder(value: value, codingPath: codingPath + [key])
  }

  private func value(_ key: Key) -> JSONValue? { members[key.stringValue.snakeCased] ?? members[key.stringValue] }
}

/// The elements of an array, one after the other.
private struct JSONElements: UnkeyedDecodingContainer {
  let elements: [JSONValue]
  let codingPath: [any CodingKey]
  private(set) var currentIndex = 0

  init(elements: [JSONValue], codingPath: [any CodingKey]) {
    self.elements = elements
    self.codingPath = codingPath
  }

  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  mutating func decodeNil() throws -> Bool {
    guard try current().decodeNil() else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let value = try current().decode(type)
    currentIndex += 1
    return value
  }

  mutating func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) throws -> KeyedDecodingContainer<Inner> {
    let container = try current().container(keyedBy: type)
    currentIndex += 1
    return container
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let container = try current().unkeyedContainer()
    currentIndex += 1
    return container
  }

  mutating func superDecoder() throws -> any Decoder {
    let decoder = try current()
    currentIndex += 1
    return decoder
  }

  private func current() throws -> JSONValueDecoder {
    let place = codingPath + [JSONIndex(intValue: currentIndex)]
    guard !isAtEnd else {
      throw DecodingError.valueNotFound(JSONValue.self, .init(codingPath: place, debugDescription: "no such element"))
    }
    return JSONValueDecoder(value: elements[currentIndex], codingPath: place)
  }
}

/// The place of an element in its array.
private struct JSONIndex: CodingKey {
  let index: Int

  init(intValue: Int) { index = intValue }
  init?(stringValue: String) { return nil }

  var intValue: Int? { index }
  var stringValue: String { String(index) }
}

// MARK: Scalars

/// A type that one JSON value stands for.
private protocol JSONScalar {
  /// Nil where the value is of another kind, or a number that the type cannot hold.
  init?(_ value: JSONValue)
}

extension Bool: JSONScalar {
  fileprivate init?(_ value: JSONValue) {
    guard let truth = value.bool else { return nil }
    self = truth
  }
}

extension String: JSONScalar {
  fileprivate init?(_ value: JSONValue) {
    guard let text = value.string else { return nil }
    self = text
  }
}

extension Double: JSONScalar {
  fileprivate init?(_ value: JSONValue) {
    guard let number = value.double else { return nil }
    self = number
  }
}

extension Float: JSONScalar {
  fileprivate init?(_ value: JSONValue) {
    guard let number = value.double, case let rounded = Float(number), rounded.isFinite == number.isFinite else {
      return nil
    }
    self = rounded
  }
}

extension FixedWidthInteger {
  fileprivate init?(_ value: JSONValue) {
    guard let number = value.integer.flatMap({ Self(exactly: $0) }) ?? value.natural.flatMap({ Self(exactly: $0) })
    else { return nil }
    self = number
  }
}

extension Int: JSONScalar {}
extension Int8: JSONScalar {}
extension Int16: JSONScalar {}
extension Int32: JSONScalar {}
extension Int64: JSONScalar {}
extension UInt: JSONScalar {}
extension UInt8: JSONScalar {}
extension UInt16: JSONScalar {}
extension UInt32: JSONScalar {}
extension UInt64: JSONScalar {}

extension String {
  /// `crossAttentionDim` as `cross_attention_dim`.
  package var snakeCased: String {
    reduce(into: "") { text, character in text += character.isUppercase ? "_\(character.lowercased())" : "\(character)"
    }
  }
}
