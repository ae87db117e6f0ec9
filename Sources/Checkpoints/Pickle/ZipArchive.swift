import Tensors

/// The files within a zip archive that are stored as they are. Nothing is unpacked: names are only compared, and contents read
/// where they lie.
///
/// Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 to 4.3.16 and 4.5.3.
struct ZipArchive {
  /// Where the contents of each file lie, by its name in the archive.
  let ranges: [String: Range<Int>]

  private static let endSignature: UInt32 = 0x0605_4b50
  private static let endLength = 22
  private static let longestComment = 65_535
  private static let wideLocatorSignature: UInt32 = 0x0706_4b50
  private static let wideLocatorLength = 20
  private static let wideEndSignature: UInt32 = 0x0606_4b50
  private static let wideEndLength = 56
  private static let entrySignature: UInt32 = 0x0201_4b50
  private static let entryLength = 46
  private static let localSignature: UInt32 = 0x0403_4b50
  private static let localLength = 30
  /// PyTorch numbers its storages; the largest checkpoints have some ten thousand.
  private static let mostEntries = 1 << 18
  private static let longestDirectory = 64 << 20

  init(_ file: MappedFile) throws(PickleFault) {
    let directory = try ZipArchive.directory(of: file)
    let bytes = LittleEndianBytes(file.copy(directory.range))
    var ranges: [String: Range<Int>] = [:]
    var position = 0
    for _ in 0..<directory.entries {
      guard let entry = try ZipArchive.entry(in: bytes, &position) else {
        throw PickleFault("its list of files is cut off; download it again")
      }
      guard let start = ZipArchive.contents(of: entry, in: file), entry.size <= file.count - start else {
        throw PickleFault("\(entry.name.quoted) in it does not lie where its list of files says; download it again")
      }
      guard ranges.updateValue(start..<start + entry.size, forKey: entry.name) == nil else {
        throw PickleFault("it holds \(entry.name.quoted) twice")
      }
    }
    self.ranges = ranges
  }

  /// Where the list of files lies, and how many it names.
  private static func directory(of file: MappedFile) throws(PickleFault) -> (range: Range<Int>, entries: Int) {
    let tailStart = max(0, file.count - endLength - longestComment)
    let tail = LittleEndianBytes(file.copy(tailStart..<file.count))
    // The last signature counts, if the comment behind it ends with the file.
    var end = tail.count - endLength
    while end >= 0, tail.number(end, 4) != Int(endSignature) || tail.number(end + 20, 2) != tail.count - end - endLength
    {
      end -= 1
    }
    guard end >= 0 else { throw PickleFault("its end is missing; download it again") }
    guard var entries = tail.number(end + 10, 2), var length = tail.number(end + 12, 4),
      var start = tail.number(end + 16, 4)
    else { throw PickleFault("its end is cut off; download it again") }
    let locatorStart = tailStart + end - wideLocatorLength
    if locatorStart >= 0 {
      let locator = LittleEndianBytes(file.copy(locatorStart..<locatorStart + wideLocatorLength))
      if locator.number(0, 4) == Int(wideLocatorSignature), let place = locator.number(8, 8),
        place <= file.count - wideEndLength
      {
        let wide = LittleEndianBytes(file.copy(place..<place + wideEndLength))
        guard wide.number(0, 4) == Int(wideEndSignature), let wideEntries = wide.number(32, 8),
          let wideLength = wide.number(40, 8), let wideStart = wide.number(48, 8)
        else { throw PickleFault("its end is damaged; download it again") }
        (entries, length, start) = (wideEntries, wideLength, wideStart)
      }
    }
    guard entries <= mostEntries, length <= longestDirectory, start <= file.count, length <= file.count - start,
      entries * entryLength <= length
    else { throw PickleFault("its list of files does not lie within it; download it again") }
    return (start..<start + length, entries)
  }

  private struct Entry {
    let name: String
    let size: Int
    /// Of its local header.
    let offset: Int
  }

  /// Nil where the list is cut off.
  private static func entry(in bytes: LittleEndianBytes, _ position: inout Int) throws(PickleFault) -> Entry? {
    guard bytes.number(position, 4) == Int(entrySignature), let flags = bytes.number(position + 8, 2),
      let method = bytes.number(position + 10, 2), var packedSize = bytes.number(position + 20, 4),
      var size = bytes.number(position + 24, 4), let nameLength = bytes.number(position + 28, 2),
      let extraLength = bytes.number(position + 30, 2), let commentLength = bytes.number(position + 32, 2),
      var offset = bytes.number(position + 42, 4),
      let nameBytes = bytes.slice(position + entryLength, nameLength),
      let extra = bytes.slice(position + entryLength + nameLength, extraLength)
    else { return nil }
    position += entryLength + nameLength + extraLength + commentLength
    let name = String(decoding: nameBytes, as: UTF8.self)
    // Zip64: those of the three that are all ones stand in the extra field of kind 1, in this order.
    let ones = 0xFFFF_FFFF
    if size == ones || packedSize == ones || offset == ones {
      let fields = LittleEndianBytes(Array(extra))
      var place = 0
      while let kind = fields.number(place, 2), let length = fields.number(place + 2, 2), kind != 1 {
        place += 4 + length
      }
      place += 4
      for field in 0..<3 {
        let isWide = field == 0 ? size == ones : field == 1 ? packedSize == ones : offset == ones
        guard isWide else { continue }
        guard let wide = fields.number(place, 8) else { return nil }
        place += 8
        switch field {
        case 0: size = wide
        case 1: packedSize = wide
        default: offset = wide
        }
      }
    }
    guard flags & 1 == 0 else { throw PickleFault("\(name.quoted) in it is encrypted") }
    guard method == 0, packedSize == size else {
      throw PickleFault("\(name.quoted) in it is compressed, which PyTorch never does; save it again with `torch.save`")
    }
    return Entry(name: name, size: size, offset: offset)
  }

  /// Where the contents of an entry begin: behind its local header, whose name and extra field have lengths of their own.
  private static func contents(of entry: Entry, in file: MappedFile) -> Int? {
    guard entry.offset <= file.count - localLength else { return nil }
    let header = LittleEndianBytes(file.copy(entry.offset..<entry.offset + localLength))
    guard header.number(0, 4) == Int(localSignature), let name = header.number(26, 2), let extra = header.number(28, 2)
    else { return nil }
    let start = entry.offset + localLength + name + extra
    return start <= file.count ? start : nil
  }
}

/// Bytes from which little-endian numbers are read.
struct LittleEndianBytes {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { bytes.count }

  /// An unsigned number of `width` bytes; nil where it is cut off, or larger than an `Int`.
  func number(_ position: Int, _ width: Int) -> Int? {
    guard position >= 0, position <= bytes.count - width else { return nil }
    let word = bytes[position..<position + width].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    return Int(exactly: word)
  }

  func slice(_ position: Int, _ count: Int) -> ArraySlice<UInt8>? {
    guard position >= 0, count >= 0, position <= bytes.count, count <= bytes.count - position else { return nil }
    return bytes[position..<position + count]
  }
}
