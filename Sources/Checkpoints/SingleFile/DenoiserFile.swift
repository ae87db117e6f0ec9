import Tensors

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
