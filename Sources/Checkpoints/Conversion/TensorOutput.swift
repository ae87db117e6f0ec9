import Tensors

/// A tensor that will be written.
struct PlannedTensor {
  let name: String
  let shape: [Int]
  let type: ElementType
  let bytes: Int

  init(_ name: String, _ shape: [Int], _ type: ElementType) {
    (self.name, self.shape, self.type) = (name, shape, type)
    bytes = type.bytes(for: shape.reduce(1, *)) ?? 0
  }

  /// The shape in a GGUF file, whose rows are whole blocks.
  var blockShape: [Int] { isCut ? [shape.reduce(1, *) / type.blockValues, type.blockValues] : shape }

  /// Whether the file must say its true shape.
  var isCut: Bool { shape.last.map { !$0.isMultiple(of: type.blockValues) } ?? false }
}

/// A file's header: what stands before the tensors is known from their shapes and types.
enum TensorOutput {
  /// What GGUF's tensors begin at multiples of.
  static let alignment = 32

  /// Length and JSON of a safetensors file, padded to a multiple of 8 bytes.
  static func safetensorsHeader(_ tensors: [PlannedTensor], metadata: [String: String]) -> [UInt8] {
    var offset = 0
    var members = metadata.isEmpty ? [] : ["\"__metadata__\":\(object(metadata))"]
    for tensor in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.type.name)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(offset + tensor.bytes)]}"
      )
      offset += tensor.bytes
    }
    var json = Array("{\(members.joined(separator: ","))}".utf8)
    while !json.count.isMultiple(of: 8) { json.append(UInt8(ascii: " ")) }
    return little(UInt64(json.count)) + json
  }

  /// A GGUF file's header, up to where the first tensor begins.
  static func ggufHeader(_ tensors: [PlannedTensor], metadata: [String: String]) -> [UInt8] {
    var bytes = GGUFHeader.signature + little(UInt32(3)) + little(UInt64(tensors.count))
    let cut = tensors.filter(\.isCut)
    bytes += little(UInt64(metadata.count + 1 + cut.count))
    // What readers of llama.cpp's family ask for: the version of the blocks' layout.
    bytes += text("general.quantization_version") + little(GGUFValue.Kind.uint32.rawValue) + little(UInt32(2))
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      bytes += text(key) + little(GGUFValue.Kind.text.rawValue) + text(value)
    }
    for tensor in cut {
      bytes += text(GGUFHeader.shapePrefix + tensor.name) + little(GGUFValue.Kind.array.rawValue)
      bytes += little(GGUFValue.Kind.int32.rawValue) + little(UInt64(tensor.shape.count))
      for extent in tensor.shape { bytes += little(Int32(clamping: extent)) }
    }
    var offset = 0
    for tensor in tensors {
      bytes += text(tensor.name) + little(UInt32(tensor.blockShape.count))
      for extent in tensor.blockShape.reversed() { bytes += little(UInt64(extent)) }
      bytes += little(GGUFType.number(of: tensor.type) ?? 0) + little(UInt64(offset))
      offset += tensor.bytes + padding(behind: tensor.bytes)
    }
    return bytes + Array(repeating: 0, count: padding(behind: bytes.count))
  }

  static func padding(behind count: Int) -> Int { (alignment - count % alignment) % alignment }

  private static func text(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + text.utf8 }

  private static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * Value($0))) }
  }

  private static func object(_ members: [String: String]) -> String {
    let pairs = members.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
    return "{\(pairs.joined(separator: ","))}"
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
