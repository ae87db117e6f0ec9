/// Pickles and archives by hand, as no honest program writes them.
enum PickleWriter {
  /// A pickle of protocol 2 out of instructions.
  static func pickle(_ instructions: [[UInt8]]) -> [UInt8] { [0x80, 2] + instructions.flatMap { $0 } + [0x2E] }

  static func text(_ text: String) -> [UInt8] { [0x58] + number(text.utf8.count, 4) + Array(text.utf8) }

  static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

  static func integer(_ number: Int) -> [UInt8] {
    [0x8A, 8] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  static func tuple(_ items: [[UInt8]]) -> [UInt8] { [0x28] + items.flatMap { $0 } + [0x74] }

  static let emptyTuple: [UInt8] = [0x29]
  static let reduce: [UInt8] = [0x52]
  static let emptyDictionary: [UInt8] = [0x7D]
  static let setItem: [UInt8] = [0x73]

  static func storage(_ type: String = "FloatStorage", key: String = "0", count: Int) -> [UInt8] {
    tuple([text("storage"), global("torch", type), text(key), text("cpu"), integer(count)]) + [0x51]
  }

  static func tensor(_ storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
    let arguments = tuple([storage, integer(offset), tuple(shape.map(integer)), tuple(strides.map(integer)), [0x89]])
    return global("torch._utils", "_rebuild_tensor_v2") + arguments + reduce
  }

  /// A checkpoint of one tensor, `a`.
  static func checkpoint(of tensor: [UInt8], data: [UInt8] = Array(repeating: 0, count: 24)) -> [UInt8] {
    archive(pickle([emptyDictionary, text("a"), tensor, setItem]), data: data)
  }

  static func archive(_ pickle: [UInt8], data: [UInt8] = [], folder: String = "archive") -> [UInt8] {
    zip([("\(folder)/data.pkl", pickle), ("\(folder)/byteorder", Array("little".utf8)), ("\(folder)/data/0", data)])
  }

  /// - Parameters:
  ///   - method: 0 for stored, 8 for deflated.
  ///   - claimedSize: What the list of files says of each, instead of the truth.
  static func zip(
    _ files: [(name: String, bytes: [UInt8])], method: Int = 0, flags: Int = 0, claimedSize: Int? = nil
  ) -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for (name, bytes) in files {
      let size = number(claimedSize ?? bytes.count, 4)
      let common = number(flags, 2) + number(method, 2) + number(0, 8) + size + size + number(name.utf8.count, 2)
      directory +=
        number(0x0201_4b50, 4) + number(20, 2) + number(20, 2) + common + number(0, 12) + number(archive.count, 4)
      directory += name.utf8
      archive += number(0x0403_4b50, 4) + number(20, 2) + common + number(0, 2) + Array(name.utf8) + bytes
    }
    let end = number(0x0605_4b50, 4) + number(0, 4) + number(files.count, 2) + number(files.count, 2)
    return archive + directory + end + number(directory.count, 4) + number(archive.count, 4) + number(0, 2)
  }

  static func number(_ number: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
