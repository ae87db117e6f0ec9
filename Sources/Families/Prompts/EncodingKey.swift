import Crypto
import System
import Tensors

/// What a text encoder's states follow from, as a hash: the encoder's files as they are now, its settings, the ids of the text, and
/// whatever else decides. Nobody reads the text out of it.
package struct EncodingKey: Sendable, Hashable {
  /// 32 bytes.
  let digest: [UInt8]

  /// - Parameters:
  ///   - source: The encoder's tensors.
  ///   - facts: Everything else, in a fixed order: settings, template, ids, states.
  /// - Returns: Nil where nobody knows which files the tensors come from, or LoRAs change them.
  package init?(of source: any TensorSource, _ facts: [String]) {
    let stamps = source.fileStamps
    guard !stamps.isEmpty else { return nil }
    var hash = SHA256()
    // Other kernels round otherwise.
    for fact in ["limn encodings 1", Compute.kernels.name, String(stamps.count)] + stamps + facts {
      hash.update(data: Array("\(fact.utf8.count):\(fact)".utf8))
    }
    digest = Array(hash.finalize())
  }

  /// The name of its file.
  var name: String { digest.hexadecimal }
}
