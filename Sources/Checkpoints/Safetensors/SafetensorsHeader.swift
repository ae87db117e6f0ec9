import JSON
import Tensors

/// The types of number that the safetensors format knows (safetensors 0.8, `Dtype`). limn computes with the floats but
/// those of 4 and 6 bits; the others may lie in a file (old checkpoints keep `position_ids` as I64) as long as nobody asks for them.
enum SafetensorsType: String, Sendable {
  case bool = "BOOL"
  case u8 = "U8"
  case i8 = "I8"
  case i16 = "I16"
  case u16 = "U16"
  case i32 = "I32"
  case u32 = "U32"
  case i64 = "I64"
  case u64 = "U64"
  case f4 = "F4"
  case f6e2m3 = "F6_E2M3"
  case f6e3m2 = "F6_E3M2"
  case f8e5m2 = "F8_E5M2"
  case f8e4m3 = "F8_E4M3"
  case f8e8m0 = "F8_E8M0"
  case f8e4m3fnuz = "F8_E4M3FNUZ"
  case f8e5m2fnuz = "F8_E5M2FNUZ"
  case f16 = "F16"
  case bf16 = "BF16"
  case f32 = "F32"
  case f64 = "F64"
  case c64 = "C64"

  /// Bits an element.
  var bits: Int {
    switch self {
    case .f4: 4
    case .f6e2m3, .f6e3m2: 6
    case .bool, .u8, .i8, .f8e5m2, .f8e4m3, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz: 8
    case .i16, .u16, .f16, .bf16: 16
    case .i32, .u32, .f32: 32
    case .i64, .u64, .f64, .c64: 64
    }
  }

  /// The type in limn's terms; nil where limn does not compute with it.
  var element: ElementType? { ElementType(named: rawValue) }
}

/// What the JSON at the beginning of a safetensors file says, checked against the file's size.
///
/// Source: https://github.com/huggingface/safetensors#format
struct SafetensorsHeader {
  struct Entry: Sendable {
    let type: SafetensorsType
    let shape: [Int]
    /// Where the values lie, counted from the beginning of the file.
    let range: Range<Int>
  }

  let tensors: [String: Entry]
  /// `__metadata__`: free text such as `format: pt`, `modelspec.architecture`, LoRA training settings.
  let metadata: [String: String]

  /// Bytes before the JSON: its length, little-endian.
  static let prefixLength = 8
  /// The longest header that the reference implementation reads.
  static let longest = 100_000_000
  /// More axes than any network has; a longer shape is damage.
  private static let mostAxes = 16

  /// Parses the header's JSON.
  ///
  /// - Parameters:
  ///   - json: the header without its length.
  ///   - dataLength: how many bytes follow it in the file; the tensors must fill them without gap or overlap.
  init(json: [UInt8], dataLength: Int) throws(JSONFault) {
    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]
    let dataStart = SafetensorsHeader.prefixLength + json.count
    var scanner = JSONScanner(json)
    try scanner.members { (name, scanner) throws(JSONFault) in
      if name == "__metadata__" {
        try scanner.members { (key, scanner) throws(JSONFault) in metadata[key] = try scanner.string() }
      } else {
        let entry = try SafetensorsHeader.entry(name, &scanner, dataStart: dataStart, dataLength: dataLength)
        guard entries.updateValue(entry, forKey: name) == nil else {
          throw JSONFault(problem: "\(name.quoted) is described twice")
        }
      }
    }
    try scanner.expectEnd()
    try SafetensorsHeader.checkThatTensorsFill(dataStart..<dataStart + dataLength, entries)
    tensors = entries
    self.metadata = metadata
  }

  /// Reads `{"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}`.
  private static func entry(
    _ name: String, _ scanner: inout JSONScanner, dataStart: Int, dataLength: Int
  ) throws(JSONFault) -> Entry {
    func fault(_ problem: String) -> JSONFault { JSONFault(problem: "\(name.quoted) \(problem)") }
    var type: SafetensorsType?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.members { (key, scanner) throws(JSONFault) in
      switch key {
      case "dtype":
        let text = try scanner.string()
        type = SafetensorsType(rawValue: text)
        if type == nil { throw fault("is of the unknown type \(text.quoted)") }
      case "shape": shape = try SafetensorsHeader.counts(&scanner, atMost: mostAxes)
      case "data_offsets": offsets = try SafetensorsHeader.counts(&scanner, atMost: 2)
      default: throw fault("has the unknown setting \(key.quoted)")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw fault("is described without `dtype`, `shape` and two `data_offsets`")
    }
    guard let length = byteCount(shape, type) else { throw fault("is \(shape), more values than any file holds") }
    let (begin, end) = (offsets[0], offsets[1])
    guard begin <= end else { throw fault("ends at byte \(end) of the data, before it begins at \(begin)") }
    guard end <= dataLength else {
      throw fault(
        "ends at byte \(end) of the data, of which the file holds \(dataLength); it may be cut off: download it again")
    }
    guard end - begin == length else {
      throw fault("is \(shape) of \(type.rawValue), which takes \(length) bytes, but has \(end - begin)")
    }
    return Entry(type: type, shape: shape, range: dataStart + begin..<dataStart + end)
  }

  private static func counts(_ scanner: inout JSONScanner, atMost limit: Int) throws(JSONFault) -> [Int] {
    var found: [Int] = []
    try scanner.elements { (scanner) throws(JSONFault) in
      if found.count == limit { throw scanner.fault("at most \(limit) numbers were expected") }
      found.append(try scanner.count())
    }
    return found
  }

  /// The bytes that a tensor takes; nil where that is no whole number of bytes or too large to count.
  private static func byteCount(_ shape: [Int], _ type: SafetensorsType) -> Int? {
    var bits = type.bits
    for extent in shape where extent > 0 {  // an empty tensor's other axes must be countable too
      let (product, tooMany) = bits.multipliedReportingOverflow(by: extent)
      if tooMany { return nil }
      bits = product
    }
    if shape.contains(0) { return 0 }
    return bits.isMultiple(of: 8) ? bits / 8 : nil
  }

  /// The format allows neither holes nor overlaps nor anything behind the last tensor.
  private static func checkThatTensorsFill(
    _ data: Range<Int>, _ entries: [String: Entry]
  ) throws(JSONFault) {
    var end = data.lowerBound
    let inOrder = entries.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound) < ($1.value.range.lowerBound, $1.value.range.upperBound)
    }
    for (name, entry) in inOrder {
      if entry.range.lowerBound < end {
        throw JSONFault(problem: "\(name.quoted) overlaps the tensor before it")
      }
      if entry.range.lowerBound > end {
        throw JSONFault(
          problem: "\(entry.range.lowerBound - end) bytes before \(name.quoted) belong to no tensor")
      }
      end = entry.range.upperBound
    }
    if end < data.upperBound {
      throw JSONFault(problem: "\(data.upperBound - end) bytes behind the last tensor belong to none")
    }
  }
}
