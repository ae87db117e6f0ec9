/// Where named tensors come from: a checkpoint of any format, or a test. Networks and Checkpoints meet here.
package protocol TensorSource: Sendable {
  /// The file or folder, for messages: `unet/diffusion_pytorch_model.safetensors`.
  var origin: String { get }
  /// Every tensor that the source holds, in no particular order.
  var names: [String] { get }
  /// The tensor of that name, or nil where there is none. Reads no values yet.
  /// - Throws: A sentence when the tensor is there but in a form that limn does not read.
  func stored(_ name: String) throws -> StoredTensor?
  /// What tells the files that the tensors lie in from other ones, and from the same ones when they were changed; empty where
  /// nobody knows, or values are not what lies there.
  var fileStamps: [String] { get }
}

extension TensorSource {
  package var fileStamps: [String] { [] }
}
