import CPNG

/// A text chunk of a PNG: a keyword and what it says.
package struct PNGText: Equatable, Sendable {
  /// 1 to 79 Latin-1 characters, "parameters".
  package var keyword: String
  package var text: String
  /// Written as uncompressed `iTXt` even where `tEXt` would do, as XMP demands.
  package var isInternational: Bool

  package init(_ keyword: String, _ text: String, isInternational: Bool = false) {
    self.keyword = keyword
    self.text = text
    self.isInternational = isInternational
  }

  /// Whether the text may be a JSON object.
  var beginsJSONObject: Bool { text.utf8.first { $0 > 0x20 } == UInt8(ascii: "{") }

  /// `tEXt` where every character is Latin-1 and readers that guess do not take it for UTF-8, else uncompressed `iTXt` in
  /// UTF-8. Neither can hold a NUL.
  var chunk: PNGFile.Chunk {
    let scalars = text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }
    precondition(!keyword.isEmpty && keyword.utf8.count <= 79, "PNGText: keyword \"\(keyword)\" is not 1 to 79 bytes")
    if !isInternational, scalars.allSatisfy({ $0.value <= 0xFF }) {
      let bytes = scalars.map { UInt8($0.value) }
      if !isUTF8(bytes) {
        return PNGFile.Chunk(type: "tEXt", data: (Array(keyword.utf8) + [0] + bytes)[...])
      }
    }
    // Keyword, NUL, "not compressed", method 0, no language, no translated keyword.
    let data = Array(keyword.utf8) + [0, 0, 0, 0, 0] + scalars.flatMap { Array(String($0).utf8) }
    return PNGFile.Chunk(type: "iTXt", data: data[...])
  }

  /// The text chunks of a file in order, up to 16 MiB unpacked in all.
  static func texts(of file: PNGFile) -> [PNGText] {
    var texts: [PNGText] = []
    var bytes = 0
    for chunk in file.chunks {
      guard bytes <= PictureLimits.allTextBytes, let text = PNGText(chunk) else { continue }
      bytes += text.text.utf8.count
      texts.append(text)
    }
    return texts
  }

  /// Reads a `tEXt`, `zTXt` or `iTXt` chunk; nil for other chunks, damaged ones and texts beyond 4 MiB unpacked. The NUL that
  /// some writers end a text with is no part of it.
  init?(_ chunk: PNGFile.Chunk) {
    guard ["tEXt", "zTXt", "iTXt"].contains(chunk.type), let end = chunk.data.firstIndex(of: 0) else { return nil }
    let rest = chunk.data[(end + 1)...]
    let isInternational = chunk.type == "iTXt"
    let body: [UInt8]?
    switch chunk.type {
    case "tEXt": body = Array(rest)
    case "zTXt": body = rest.first == 0 ? unpacked(rest.dropFirst()) : nil
    default:
      let afterFlags = rest.dropFirst(2)
      guard let languageEnd = afterFlags.firstIndex(of: 0),
        let keywordEnd = afterFlags[(languageEnd + 1)...].firstIndex(of: 0)
      else { return nil }
      let text = afterFlags[(keywordEnd + 1)...]
      body = rest.first == 0 ? Array(text) : unpacked(text)
    }
    guard var body, body.count <= PictureLimits.textBytes else { return nil }
    while body.last == 0 { body.removeLast() }
    // Latin-1 says the specification; many write UTF-8, which Latin-1 text hardly ever is by chance.
    let text = isInternational || isUTF8(body) ? String(decoding: body, as: UTF8.self) : latin1(body[...])
    self.init(latin1(chunk.data[..<end]), text, isInternational: isInternational)
  }
}

/// Whether the bytes hold letters beyond ASCII, all of them in UTF-8.
private func isUTF8(_ bytes: [UInt8]) -> Bool {
  bytes.contains { $0 >= 0x80 } && String(validating: bytes, as: UTF8.self) != nil
}

private func latin1(_ bytes: ArraySlice<UInt8>) -> String {
  var text = String.UnicodeScalarView()
  text.append(contentsOf: bytes.map { Unicode.Scalar($0) })
  return String(text)
}

/// Inflates zlib data; nil where it is damaged or grows beyond `PictureLimits.textBytes`.
private func unpacked(_ packed: ArraySlice<UInt8>) -> [UInt8]? {
  var capacity = max(4_096, min(packed.count * 8, PictureLimits.textBytes))
  while true {
    var size = uLongf(capacity)
    var bytes = [UInt8](repeating: 0, count: capacity)
    let status = unsafe bytes.withUnsafeMutableBufferPointer { output in
      unsafe packed.withUnsafeBufferPointer { input in
        unsafe uncompress(output.baseAddress, &size, input.baseAddress, uLong(input.count))
      }
    }
    if status == Z_OK { return Array(bytes.prefix(Int(size))) }
    guard status == Z_BUF_ERROR, capacity < PictureLimits.textBytes else { return nil }
    capacity = min(capacity * 4, PictureLimits.textBytes)
  }
}
