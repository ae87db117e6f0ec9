import Crypto
import History
import Images

extension Picture {
  /// The picture that a record says lies at `path`; nil where it is gone, or where another file lies there by now: records
  /// may be anybody's, and other people's pictures are no business of theirs.
  ///
  /// - Parameter hash: SHA-256 of the file that was written.
  package init?(recordedAt path: String, hash: String?) {
    guard let hash, let bytes = try? FileBytes.recorded(at: path), SHA256.hash(data: bytes).hexadecimal == hash,
      let picture = try? Picture(bytes: bytes, name: path)
    else { return nil }
    self = picture
  }
}

extension Run {
  /// The picture that was written, as ``Picture/init(recordedAt:hash:)`` finds it.
  package var picture: Picture? { outputPath.flatMap { Picture(recordedAt: $0, hash: outputHash) } }
}
