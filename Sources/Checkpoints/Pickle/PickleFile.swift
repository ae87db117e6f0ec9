import Tensors

/// A memory-mapped file of `torch.save`: a zip archive since PyTorch 1.6, pickles and bytes one behind the other before.
///
/// Its pickle is read by a machine that can build tensors and nothing else (``PickleMachine``); the values are read where they lie.
package struct PickleFile: CheckpointFile {
  package let origin: String
  /// Texts that stand beside the tensors.
  package let metadata: [String: String]
  private let contents: PickleContents
  private let file: MappedFile
  /// Where the bytes of each storage lie, by its key.
  private let places: [String: Range<Int>]

  private static let zipSignature = Array("PK\u{3}\u{4}".utf8)
  /// `PROTO 2`, `LONG1` of ten bytes: PyTorch's mark, 0x1950a86a20f9469cfc6c.
  static let legacySignature: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]

  /// Whether a file that begins so is one of `torch.save`.
  static func canRead(_ beginning: [UInt8]) -> Bool {
    beginning.starts(with: zipSignature) || beginning.starts(with: legacySignature)
  }

  init(_ file: MappedFile, origin: String) throws(CheckpointError) {
    let isZip = file.copy(0..<min(4, file.count)) == PickleFile.zipSignature
    do {
      let archive = isZip ? try TorchArchive(zip: file) : try TorchArchive(legacy: file)
      contents = try PickleContents(archive)
      for (name, tensor) in contents.tensors { try archive.check(tensor, named: name) }
      places = archive.places
    } catch {
      throw CheckpointError(origin, "is a PyTorch pickle, and \(error.problem)")
    }
    // Looking for the storages touched pages all over the file.
    file.advise(.done, 0..<file.count)
    metadata = contents.texts
    self.origin = origin
    self.file = file
  }

  package var names: [String] { Array(contents.tensors.keys) }
  package var fileStamps: [String] { [file.stamp] }

  package func stored(_ name: String) throws(CheckpointError) -> StoredTensor? {
    guard let tensor = contents.tensors[name] else {
      guard let found = contents.opaque[name] else { return nil }
      throw CheckpointError(origin, "\(name.quoted) is \(found.quoted); a tensor was expected")
    }
    guard let place = places[tensor.storage.key], let stored = tensor.stored(in: file.bytes(in: place)) else {
      throw CheckpointError(
        origin,
        "\(name.quoted) is of type \(tensor.type.rawValue), which limn does not compute with; Float, Half, BFloat16 or Double was expected"
      )
    }
    return stored
  }

  package func shape(_ name: String) -> [Int]? { contents.tensors[name]?.shape }

  package func scalar(_ name: String) -> Double? {
    if let number = contents.numbers[name] { return number }
    guard let tensor = contents.tensors[name], let place = places[tensor.storage.key] else { return nil }
    return tensor.scalar(in: file.bytes(in: place))
  }
}
