/// The entries of EXIF that limn reads. The file may be anyone's: every offset is checked, nothing is followed twice.
struct Exif {
  /// Tag 0x0112; upright where it is missing or out of range.
  let orientation: Orientation
  /// Tag 0x9286 of the EXIF directory; where A1111 keeps its parameters in a JPEG.
  let userComment: String?
  /// Tag 0x0131.
  let software: String?

  /// Reads a TIFF structure (`eXIf` of PNG; APP1 of JPEG after "Exif\0\0"); nil where it is none.
  init?(tiff: ArraySlice<UInt8>) {
    let order: ByteOrder
    switch tiff.prefix(4) {
    case [0x49, 0x49, 0x2A, 0x00]: order = .littleEndian
    case [0x4D, 0x4D, 0x00, 0x2A]: order = .bigEndian
    default: return nil
    }
    guard let main = Directory(tiff, at: tiff.number(at: 4, bytes: 4, order), order) else { return nil }
    orientation = main.short(0x0112).flatMap(Orientation.init(rawValue:)) ?? .upright
    software = main.block(0x0131).map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    userComment = Directory(tiff, at: main.long(0x8769), order)?.block(0x9286).flatMap { Self.comment($0, order) }
  }

  /// Eight bytes name the character code ("UNICODE\0", "ASCII\0\0\0"), the text follows; some writers leave them out. The
  /// NUL that others end a text with is no part of it.
  private static func comment(_ field: ArraySlice<UInt8>, _ order: ByteOrder) -> String? {
    let text = field.dropFirst(8)
    switch Array(field.prefix(8)) {
    case Array("UNICODE\0".utf8): return unicode(text, order)
    case Array("ASCII\0\0\0".utf8), [0, 0, 0, 0, 0, 0, 0, 0]:
      return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    case Array("JIS\0\0\0\0\0".utf8): return nil
    default: return String(validating: field.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// The specification leaves the byte order open: writers use the file's or always big-endian, and some write UTF-8. Most
  /// prompts have ASCII in them, so the order that makes more of the high bytes zero is right.
  private static func unicode(_ text: ArraySlice<UInt8>, _ order: ByteOrder) -> String? {
    var text = text
    let zerosFirst = stride(from: text.startIndex, to: text.endIndex, by: 2).count { text[$0] == 0 }
    let zerosLast = stride(from: text.startIndex + 1, to: text.endIndex, by: 2).count { text[$0] == 0 }
    while text.last == 0, zerosFirst + zerosLast <= 2 { text.removeLast() }
    if zerosFirst + zerosLast <= 2, let written = String(validating: text, as: UTF8.self) { return written }
    let actual: ByteOrder =
      zerosFirst == zerosLast ? order : zerosFirst > zerosLast ? .bigEndian : .littleEndian
    var units = stride(from: 0, to: text.count - 1, by: 2).compactMap { text.number(at: $0, bytes: 2, actual) }
    if units.first == 0xFEFF { units.removeFirst() }
    while units.last == 0 { units.removeLast() }
    return String(decoding: units.map { UInt16($0) }, as: UTF16.self)
  }
}

/// One image file directory of TIFF 6.0: a count and that many entries of twelve bytes.
private struct Directory {
  private let tiff: ArraySlice<UInt8>
  private let order: ByteOrder
  private let entries: [Int: Int]

  init?(_ tiff: ArraySlice<UInt8>, at offset: Int?, _ order: ByteOrder) {
    guard let offset, let count = tiff.number(at: offset, bytes: 2, order) else { return nil }
    self.tiff = tiff
    self.order = order
    var entries: [Int: Int] = [:]
    for index in 0..<count {
      let position = offset + 2 + 12 * index
      guard let tag = tiff.number(at: position, bytes: 2, order) else { break }
      if entries[tag] == nil { entries[tag] = position }
    }
    self.entries = entries
  }

  /// The first value of an entry of type SHORT.
  func short(_ tag: Int) -> Int? { value(tag, type: 3, bytes: 2) }

  /// The first value of an entry of type LONG.
  func long(_ tag: Int) -> Int? { value(tag, type: 4, bytes: 4) }

  private func value(_ tag: Int, type: Int, bytes: Int) -> Int? {
    guard let position = entries[tag], tiff.number(at: position + 2, bytes: 2, order) == type else { return nil }
    return tiff.number(at: position + 8, bytes: bytes, order)
  }

  /// The bytes of an entry of a one-byte type (BYTE, ASCII, UNDEFINED) that is too long to stand in the entry.
  func block(_ tag: Int) -> ArraySlice<UInt8>? {
    guard let position = entries[tag], let type = tiff.number(at: position + 2, bytes: 2, order),
      [1, 2, 7].contains(type), let length = tiff.number(at: position + 4, bytes: 4, order), length > 4,
      let offset = tiff.number(at: position + 8, bytes: 4, order)
    else { return nil }
    return tiff.block(at: offset, length: length)
  }
}
