import JSON
import Tensors

/// A file of a network that enlarges pictures.
package struct UpscalerFile: Sendable {
  /// `_class_name` and the class's settings, told from shapes.
  package let configuration: JSONValue
  /// The tensors under Real-ESRGAN's names.
  package let source: any TensorSource

  /// - Throws: `CheckpointError` where the file is damaged or holds none that limn runs.
  package init(_ path: String) throws(CheckpointError) {
    let file = try ComponentFile(upscaler: path)
    configuration = file.configuration ?? .null
    source = file.source
  }
}
