/// The 256 printable characters that stand for the 256 bytes in a byte-level vocabulary
/// (GPT-2's `bytes_to_unicode`): printable Latin-1 stands for itself, the rest for U+0100 onwards.
enum ByteAlphabet {
  /// Written after the last byte of a word.
  static let endOfWord = "</w>"

  /// The character for each byte.
  static let characters: [Unicode.Scalar] = {
    var next: UInt32 = 256
    return (0..<256).map { (byte: UInt32) in
      let standsForItself = 33...126 ~= byte || 161...172 ~= byte || 174...255 ~= byte
      defer { if !standsForItself { next += 1 } }
      return Unicode.Scalar(standsForItself ? byte : next)!
    }
  }()

  /// The characters in the order of CLIP's and Qwen's ids: those that stand for themselves first.
  static let inOrderOfIDs: [Unicode.Scalar] = characters.sorted { $0.value < $1.value }

  private static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
    uniqueKeysWithValues: characters.enumerated().map { ($1, UInt8($0)) })

  /// The bytes that a token's spelling stands for. A spelling with any character outside the alphabet stands for
  /// itself, as in the Rust `ByteLevel` decoder.
  static func bytes(of spelling: String) -> [UInt8] {
    var decoded: [UInt8] = []
    for character in spelling.unicodeScalars {
      guard let byte = bytes[character] else { return Array(spelling.utf8) }
      decoded.append(byte)
    }
    return decoded
  }
}
