/// A value of a GGUF file's metadata.
package enum GGUFValue: Sendable {
  case integer(Int)
  case number(Double)
  case flag(Bool)
  case text(String)
  case array(GGUFArray)

  package var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  package var text: String? { if case .text(let value) = self { value } else { nil } }
  package var array: GGUFArray? { if case .array(let value) = self { value } else { nil } }
  package var flag: Bool? { if case .flag(let value) = self { value } else { nil } }

  /// Of a number of either kind.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The kinds of value, by the number that stands for each.
  enum Kind: UInt32 {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, text, array, uint64, int64, float64

    /// Bytes that a value takes at least.
    var width: Int {
      switch self {
      case .uint8, .int8, .bool: 1
      case .uint16, .int16: 2
      case .uint32, .int32, .float32: 4
      case .text, .uint64, .int64, .float64: 8
      case .array: 12
      }
    }
  }

  /// Reads a value of that kind.
  ///
  /// - Parameter depth: How many arrays it lies in.
  static func read(_ kind: Kind, _ scanner: inout GGUFScanner, of file: MappedFile, depth: Int = 0) throws(GGUFFault)
    -> GGUFValue
  {
    switch kind {
    case .uint8: .integer(Int(try scanner.number(UInt8.self)))
    case .int8: .integer(Int(try scanner.number(Int8.self)))
    case .uint16: .integer(Int(try scanner.number(UInt16.self)))
    case .int16: .integer(Int(try scanner.number(Int16.self)))
    case .uint32: .integer(Int(try scanner.number(UInt32.self)))
    case .int32: .integer(Int(try scanner.number(Int32.self)))
    case .uint64: .integer(Int(clamping: try scanner.number(UInt64.self)))
    case .int64: .integer(Int(try scanner.number(Int64.self)))
    case .float32: .number(Double(Float(bitPattern: try scanner.number(UInt32.self))))
    case .float64: .number(Double(bitPattern: try scanner.number(UInt64.self)))
    case .bool: .flag(try scanner.number(UInt8.self) != 0)
    case .text: .text(try scanner.text())
    case .array: .array(try GGUFArray(&scanner, of: file, depth: depth))
    }
  }
}

/// An array of a GGUF file's metadata, whose values are read when they are asked for: vocabularies hold 150,000 texts.
package struct GGUFArray: Sendable {
  package let count: Int
  private let kind: GGUFValue.Kind
  private let file: MappedFile
  private let start: Int

  /// Arrays in arrays at most.
  private static let deepest = 4

  /// Walks over the array and checks that it lies within the file.
  init(_ scanner: inout GGUFScanner, of file: MappedFile, depth: Int) throws(GGUFFault) {
    let number = try scanner.number(UInt32.self)
    guard let kind = GGUFValue.Kind(rawValue: number), kind != .array || depth < GGUFArray.deepest else {
      throw GGUFFault(problem: "an array of values of the unknown kind \(number) ends at byte \(scanner.position)")
    }
    count = try scanner.count(of: "values of an array", atLeast: kind.width)
    self.kind = kind
    self.file = file
    start = scanner.position
    switch kind {
    case .text: for _ in 0..<count { _ = try scanner.textRange() }
    case .array: for _ in 0..<count { _ = try GGUFArray(&scanner, of: file, depth: depth + 1) }
    default: try scanner.skip(count * kind.width)
    }
  }

  /// All values, in order.
  package var values: [GGUFValue] { read { $0 } }
  /// Texts as UTF-8; values of other kinds are left out.
  package var texts: [String] { read(\.text) }
  /// Whole numbers; values of other kinds are left out.
  package var integers: [Int] { read(\.integer) }

  private func read<Value>(_ convert: (GGUFValue) -> Value?) -> [Value] {
    var scanner = GGUFScanner(file, at: start)
    var values: [Value] = []
    values.reserveCapacity(count)
    for _ in 0..<count {
      // It was walked over before, and a mapped file stays as it was.
      guard let value = try? GGUFValue.read(kind, &scanner, of: file) else { break }
      if let converted = convert(value) { values.append(converted) }
    }
    return values
  }
}
