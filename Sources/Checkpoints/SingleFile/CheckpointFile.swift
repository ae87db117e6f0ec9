import Tensors

/// A checkpoint in one file, of whichever format: what is asked of it before its networks are built.
package protocol CheckpointFile: TensorSource {
  /// What the file says about itself in words: `modelspec.architecture`.
  var metadata: [String: String] { get }

  /// The shape of a tensor of any type, without reading its values; nil where there is none of that name.
  func shape(_ name: String) -> [Int]?
  /// The value of a scalar that is no weight, such as `global_step`; nil where there is none.
  func scalar(_ name: String) -> Double?
}

/// Opens a checkpoint in one file: safetensors or GGUF, by its first bytes.
///
/// - Parameter origin: How messages call the file; its path unless given.
/// - Throws: `CheckpointError` where the file cannot be mapped, is of another format or damaged.
package func openCheckpointFile(_ path: String, origin: String? = nil) throws(CheckpointError) -> any CheckpointFile {
  GGUFFile.isGGUF(try MappedFile(path: path))
    ? try GGUFFile(path: path, origin: origin) : try SafetensorsFile(path: path, origin: origin)
}

/// A file that holds nothing but a denoiser of the original layout, under the names that whole checkpoints have: ComfyUI-GGUF leaves their
/// prefix out.
struct DenoiserFile: CheckpointFile {
  private let file: any CheckpointFile

  /// Nil where the file's names have prefixes, or it is something else.
  init?(_ file: any CheckpointFile) {
    guard file.shape(DenoiserFile.sign) != nil else { return nil }
    self.file = file
  }

  private static let sign = "input_blocks.0.0.weight"
  private static let prefix = UNetKeys.prefix

  var origin: String { file.origin }
  var names: [String] { file.names.map { DenoiserFile.prefix + $0 } }
  var metadata: [String: String] { file.metadata }
  var fileStamps: [String] { file.fileStamps }
  func stored(_ name: String) throws -> StoredTensor? { try original(name).flatMap { try file.stored($0) } }
  func shape(_ name: String) -> [Int]? { original(name).flatMap { file.shape($0) } }
  func scalar(_ name: String) -> Double? { original(name).flatMap { file.scalar($0) } }

  private func original(_ name: String) -> String? {
    name.hasPrefix(DenoiserFile.prefix) ? String(name.dropFirst(DenoiserFile.prefix.count)) : nil
  }
}
