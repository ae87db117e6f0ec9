import System
import Tensors

/// One file of weights, whatever its format.
package protocol CheckpointFile: TensorSource {
  /// Free text that the file holds beside its tensors.
  var metadata: [String: String] { get }
  /// The shape of a tensor of any type; nil where there is none of that name.
  func shape(_ name: String) -> [Int]?
  /// The value of a scalar that is no weight, such as `global_step`; nil where there is none of that name.
  func scalar(_ name: String) -> Double?
  /// Whether a tensor is of 8-bit floats, which have scales beside them.
  func isFloat8(_ name: String) -> Bool
}

extension CheckpointFile {
  package func isFloat8(_ name: String) -> Bool { false }
}

/// The formats of files, told by their first bytes.
package enum CheckpointFiles {
  /// How the names of such files end, those that are looked for first in front.
  private static let endings = [".safetensors", ".gguf"] + ModelFolder.pickleEndings

  /// A file's name without its ending; nil where it is no file of weights by its name.
  package static func stem(of name: String) -> String? {
    endings.first { name.hasSuffix($0) && name.count > $0.count }.map { String(name.dropLast($0.count)) }
  }

  /// Opens a file and reads what describes its tensors; no values are read.
  ///
  /// - Parameter origin: How messages call the file; its path unless given.
  /// - Throws: `CheckpointError` where the file cannot be mapped, is of no format that limn reads, or damaged.
  package static func open(_ path: String, origin: String? = nil) throws(CheckpointError) -> any CheckpointFile {
    let file = try MappedFile(path: path)
    let beginning = file.copy(0..<min(file.count, 512))
    if beginning.dropFirst(257).starts(with: "ustar".utf8) {
      throw CheckpointError(
        origin ?? path,
        "is a tar archive, as PyTorch wrote before version 0.1.10, which limn does not read; save it again with `torch.save`"
      )
    }
    if GGUFFile.isGGUF(file) { return try GGUFFile(file, origin: origin ?? path) }
    if PickleFile.canRead(beginning) { return try PickleFile(file, origin: origin ?? path) }
    return try SafetensorsFile(file, origin: origin ?? path)
  }
}
