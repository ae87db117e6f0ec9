import Tensors

/// A memory-mapped `.safetensors` file.
///
/// Values are read where they lie: float32 tensors of a well-aligned file need no copy at all. The format aligns neither
/// its header nor its tensors (files older than safetensors 0.3 are not), so readers of the bytes must load unaligned.
package struct SafetensorsFile: CheckpointFile {
  package let origin: String
  /// `__metadata__`: free text such as `format: pt`, `modelspec.architecture`.
  package let metadata: [String: String]
  /// The mapping, for advice on how its pages will be used.
  package let file: MappedFile
  private let entries: [String: SafetensorsHeader.Entry]
  /// Tensors that only belong to others, as the scales of 8-bit floats do.
  private let companions: Set<String>

  /// Opens the file and checks its header; no values are read.
  ///
  /// - Parameter origin: how messages call the file; its path unless given.
  /// - Throws: `CheckpointError` where the file cannot be mapped, is of another format or damaged.
  package init(path: String, origin: String? = nil) throws(CheckpointError) {
    try self.init(MappedFile(path: path), origin: origin ?? path)
  }

  init(_ mapped: MappedFile, origin: String) throws(CheckpointError) {
    let length = try SafetensorsFile.headerLength(mapped, origin)
    let start = SafetensorsHeader.prefixLength
    do {
      let header = try SafetensorsHeader(
        json: mapped.copy(start..<start + length), dataLength: mapped.count - start - length)
      entries = header.tensors
      metadata = header.metadata
    } catch {
      throw CheckpointError(origin, "the safetensors header is damaged: \(error.problem)")
    }
    companions = Float8Scales.companions(
      of: entries.filter { $0.value.type.element?.isFloat8 == true }.keys, among: Set(entries.keys))
    self.origin = origin
    file = mapped
  }

  package var names: [String] { entries.keys.filter { !companions.contains($0) } }
  package var fileStamps: [String] { [file.stamp] }

  package func stored(_ name: String) throws(CheckpointError) -> StoredTensor? {
    guard let entry = entries[name] else { return nil }
    guard let type = entry.type.element else {
      throw CheckpointError(
        origin,
        "\(name.quoted) is of type \(entry.type.rawValue), which limn does not compute with; F32, F16, BF16 or another float was expected"
      )
    }
    let tensor = StoredTensor(shape: entry.shape, elementType: type, bytes: file.bytes(in: entry.range))
    return try Float8Scales.scaled(tensor, name, origin: origin) { other throws(CheckpointError) in
      companions.contains(other) ? try stored(other) : nil
    }
  }

  package func shape(_ name: String) -> [Int]? { entries[name]?.shape }

  /// Whether a tensor is of 8-bit floats.
  package func isFloat8(_ name: String) -> Bool { entries[name]?.type.element?.isFloat8 == true }

  /// An I64, I32 or F32 of one element.
  package func scalar(_ name: String) -> Double? {
    guard let entry = entries[name], entry.shape.product == 1 else { return nil }
    let word = file.copy(entry.range).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    switch entry.type {
    case .i64: return Double(Int64(bitPattern: word))
    case .i32: return Double(Int32(truncatingIfNeeded: word))
    case .f32: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: word)))
    default: return nil
    }
  }

  /// The length of the JSON header, after a check that it can be one.
  private static func headerLength(_ mapped: MappedFile, _ origin: String) throws(CheckpointError) -> Int {
    let beginning = mapped.copy(0..<min(mapped.count, 64))
    let room = mapped.count - SafetensorsHeader.prefixLength
    guard room >= 2 else {
      throw CheckpointError(
        origin, OtherFormat(of: beginning)?.advice ?? "is \(mapped.count) bytes long, too short for a safetensors file")
    }
    let length = beginning.prefix(SafetensorsHeader.prefixLength).reversed().reduce(0 as UInt64) {
      $0 << 8 | UInt64($1)
    }
    guard length >= 2, length <= min(room, SafetensorsHeader.longest) else {
      let found =
        "the safetensors header would be \(length) bytes long in a file of \(mapped.count); it is damaged or cut off: download it again"
      throw CheckpointError(origin, OtherFormat(of: beginning)?.advice ?? found)
    }
    return Int(length)
  }
}
