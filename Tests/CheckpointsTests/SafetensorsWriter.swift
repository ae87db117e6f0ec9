/// Writes safetensors files, sound ones and (by `header`) any other.
struct SafetensorsWriter {
  struct Entry {
    let name: String
    let type: String
    let shape: [Int]
    let bytes: [UInt8]
  }

  var entries: [Entry] = []
  var metadata: [String: String] = [:]

  /// A file of float32 tensors whose values count on from 0 through the whole file, so that a value tells its place.
  static func counting(_ tensors: [(name: String, shape: [Int])]) -> SafetensorsWriter {
    var writer = SafetensorsWriter()
    var next = 0
    for (name, shape) in tensors {
      let count = shape.reduce(1, *)
      writer.add(name, shape, (next..<next + count).map { Float($0) })
      next += count
    }
    return writer
  }

  mutating func add(_ name: String, _ shape: [Int], _ values: [Float]) {
    let bytes = unsafe values.withUnsafeBytes { unsafe Array($0) }
    entries.append(Entry(name: name, type: "F32", shape: shape, bytes: bytes))
  }

  /// The file's bytes; the header is padded with blanks to a multiple of 8 as the reference implementation does.
  func file(padsHeader: Bool = true) -> [UInt8] {
    var offset = 0
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }
      members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    for entry in entries {
      let shape = entry.shape.map(String.init).joined(separator: ",")
      let offsets = "[\(offset),\(offset + entry.bytes.count)]"
      members.append("\"\(entry.name)\":{\"dtype\":\"\(entry.type)\",\"shape\":[\(shape)],\"data_offsets\":\(offsets)}")
      offset += entry.bytes.count
    }
    var header = "{\(members.joined(separator: ","))}"
    while padsHeader && !header.utf8.count.isMultiple(of: 8) { header += " " }
    return SafetensorsWriter.file(header: Array(header.utf8), data: entries.flatMap(\.bytes))
  }

  static func file(header: [UInt8], data: [UInt8], claimedLength: UInt64? = nil) -> [UInt8] {
    let length = claimedLength ?? UInt64(header.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header + data
  }
}
