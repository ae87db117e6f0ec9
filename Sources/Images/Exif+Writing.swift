extension Exif {
  /// What stands before EXIF in a JPEG's segment.
  static let mark = Array("Exif\0\0".utf8)

  /// A TIFF structure (big-endian) with the tool's name and, where there is one, a comment as A1111 and Forge keep
  /// their parameters: UserComment in UTF-16.
  static func tiff(software: String?, comment: String?) -> [UInt8] {
    var entries: [Entry] = []
    if let software { entries.append(Entry(tag: 0x0131, type: 2, data: Array(software.utf8) + [0])) }
    guard let comment else { return directory(entries, at: 8, header: true) }
    var units: [UInt8] = []
    for unit in comment.utf16 { units += [UInt8(unit >> 8), UInt8(unit & 0xFF)] }
    let inner = [Entry(tag: 0x9286, type: 7, data: Array("UNICODE\0".utf8) + units)]
    // The pointer to the inner directory is an entry of the outer one, whose length is known.
    let length = directory(entries + [Entry(tag: 0x8769, pointer: 0)], at: 8, header: true).count
    entries.append(Entry(tag: 0x8769, pointer: UInt32(length)))
    return directory(entries, at: 8, header: true) + directory(inner, at: length, header: false)
  }

  private struct Entry {
    let tag: UInt16
    /// 2 ASCII, 4 LONG, 7 UNDEFINED.
    let type: UInt16
    let count: Int
    let data: [UInt8]

    init(tag: UInt16, type: UInt16, data: [UInt8]) {
      (self.tag, self.type, self.data, count) = (tag, type, data, data.count)
    }

    init(tag: UInt16, pointer: UInt32) {
      (self.tag, type, count) = (tag, 4, 1)
      var data: [UInt8] = []
      data.appendBigEndian(pointer)
      self.data = data
    }
  }

  /// A directory at `start` bytes from the beginning, its longer values behind it; its length is even.
  private static func directory(_ entries: [Entry], at start: Int, header: Bool) -> [UInt8] {
    var bytes: [UInt8] = header ? [0x4D, 0x4D, 0x00, 0x2A, 0, 0, 0, 8] : []
    var values: [UInt8] = []
    let valuesStart = start + 2 + 12 * entries.count + 4
    bytes.appendBigEndian(UInt16(entries.count))
    for entry in entries {
      bytes.appendBigEndian(entry.tag)
      bytes.appendBigEndian(entry.type)
      bytes.appendBigEndian(UInt32(entry.count))
      if entry.data.count <= 4 {
        bytes += entry.data + [UInt8](repeating: 0, count: 4 - entry.data.count)
      } else {
        bytes.appendBigEndian(UInt32(valuesStart + values.count))
        values += entry.data
        if values.count % 2 == 1 { values.append(0) }
      }
    }
    bytes.appendBigEndian(UInt32(0))  // no further directory
    return bytes + values
  }
}
