import Tensors

/// A memory-mapped `.gguf` file: a denoiser by ComfyUI-GGUF, a model by stable-diffusion.cpp, a text encoder by llama.cpp.
package struct GGUFFile: CheckpointFile {
  package let origin: String
  /// The file's keys: `general.architecture`, `tokenizer.ggml.tokens`.
  package let values: [String: GGUFValue]
  private let file: MappedFile
  private let entries: [String: GGUFHeader.Entry]

  /// Opens the file and checks its header; no values are read.
  ///
  /// - Parameter origin: How messages call the file; its path unless given.
  /// - Throws: `CheckpointError` where the file cannot be mapped, is of another format or damaged.
  package init(path: String, origin: String? = nil) throws(CheckpointError) {
    try self.init(MappedFile(path: path), origin: origin ?? path)
  }

  init(_ mapped: MappedFile, origin: String) throws(CheckpointError) {
    guard GGUFFile.isGGUF(mapped) else {
      let beginning = mapped.copy(0..<Swift.min(mapped.count, 64))
      throw CheckpointError(origin, OtherFormat(of: beginning)?.advice ?? "is no GGUF file")
    }
    do {
      let header = try GGUFHeader(mapped)
      (entries, values) = (header.tensors, header.values)
    } catch {
      throw CheckpointError(origin, "the GGUF header is damaged: \(error.problem)")
    }
    self.origin = origin
    file = mapped
  }

  /// Whether a file begins as one of GGUF.
  static func isGGUF(_ file: MappedFile) -> Bool {
    file.count >= GGUFHeader.fixedLength && file.copy(0..<GGUFHeader.signature.count) == GGUFHeader.signature
  }

  package var fileStamps: [String] { [file.stamp] }
  package var names: [String] { Array(entries.keys) }

  /// The keys whose values are text.
  package var metadata: [String: String] { values.compactMapValues(\.text) }

  /// `general.architecture`: `sdxl`, `flux`, `qwen3`; nil in files by stable-diffusion.cpp.
  package var architecture: String? { values["general.architecture"]?.text }

  package func stored(_ name: String) throws(CheckpointError) -> StoredTensor? {
    guard let entry = entries[name] else { return nil }
    guard let type = entry.type.element else {
      throw CheckpointError(
        origin,
        "\(name.quoted) is of type \(entry.type.name), which limn does not compute with; Q8_0, Q4_K or another of the Q types without an I was expected"
      )
    }
    return StoredTensor(shape: entry.shape, elementType: type, bytes: file.bytes(in: entry.range))
  }

  package func shape(_ name: String) -> [Int]? { entries[name]?.shape }

  package func scalar(_ name: String) -> Double? {
    guard let entry = entries[name], entry.shape.product == 1 else { return nil }
    let place = entry.range.lowerBound
    switch entry.type.name {
    case "I64": return Double(file.littleEndian(Int64.self, at: place))
    case "I32": return Double(file.littleEndian(Int32.self, at: place))
    case "F32": return Double(Float(bitPattern: file.littleEndian(UInt32.self, at: place)))
    default: return nil
    }
  }
}
