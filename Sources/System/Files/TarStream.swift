import Foundation

/// A tape archive written file by file (POSIX.1-1988 ustar, with pax headers for long names).
package struct TarStream: Sendable {
  private static let blockSize = 512

  /// The archive's bytes for one file. A name that leads out of the folder where it will be unpacked is made to stay in it.
  package static func entry(name path: String, bytes: [UInt8], modified: Date) -> [UInt8] {
    let name = path.split(separator: "/").filter { $0 != ".." && $0 != "." }.joined(separator: "/")
    var archive: [UInt8] = []
    if name.utf8.count > 100 || !name.utf8.allSatisfy({ $0 < 128 }) {
      let record = paxRecord("path", name)
      archive += header(name: "pax", count: record.count, modified: modified, type: "x") + padded(record)
    }
    var short = name
    while short.utf8.count > 100 { short.removeFirst() }
    return archive + header(name: short, count: bytes.count, modified: modified, type: "0") + padded(bytes)
  }

  /// What ends an archive.
  package static var end: [UInt8] { [UInt8](repeating: 0, count: 2 * blockSize) }

  /// `<length> path=<name>\n`, the length counting itself.
  private static func paxRecord(_ key: String, _ value: String) -> [UInt8] {
    let rest = " \(key)=\(value)\n".utf8.count
    var length = rest + 1
    while "\(length)".utf8.count + rest != length { length += 1 }
    return Array("\(length) \(key)=\(value)\n".utf8)
  }

  private static func header(name: String, count: Int, modified: Date, type: Character) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: blockSize)
    func put(_ text: String, at place: Int) {
      block.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
    }
    func octal(_ number: Int, digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    put(name, at: 0)
    put(octal(0o644, digits: 7), at: 100)
    put(octal(0, digits: 7), at: 108)
    put(octal(0, digits: 7), at: 116)
    put(octal(count, digits: 11), at: 124)
    put(octal(Int(modified.timeIntervalSince1970), digits: 11), at: 136)
    put(String(repeating: " ", count: 8), at: 148)
    put(String(type), at: 156)
    put("ustar", at: 257)
    put("00", at: 263)
    // The sum of the header's bytes, its own place counted as blanks.
    put(octal(block.reduce(0) { $0 + Int($1) }, digits: 6) + "\0 ", at: 148)
    return block
  }

  private static func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: (blockSize - bytes.count % blockSize) % blockSize)
  }
}
