import Foundation
import Testing

@testable import Images

/// Files of Tests/Fixtures/Images, made by Tests/Reference/pictures.py (Pillow 13.0.0, numpy 2.4.6).
enum Fixtures {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fixtures/Images").standardizedFileURL

  static func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }

  static func bytes(_ name: String) throws -> [UInt8] { try Array(Data(contentsOf: folder.appending(path: name))) }

  /// What Pillow made of the fixture: a binary PPM.
  static func expected(_ name: String) throws -> Picture {
    let bytes = try bytes(name + ".ppm")
    let header = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 3).prefix(3)
    let words = header.joined(separator: [UInt8(ascii: " ")]).split(separator: UInt8(ascii: " "))
    let numbers = words.dropFirst().compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    let (width, height) = (numbers[0], numbers[1])
    return Picture(width: width, height: height, pixels: Array(bytes.suffix(width * height * 3)))
  }

  /// All fixtures whose name begins and ends so, without the ending.
  static func names(_ start: String, _ end: String) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: path(""))) ?? []
    return all.filter { $0.hasPrefix(start) && $0.hasSuffix(end) }.map { String($0.dropLast(end.count)) }.sorted()
  }
}

/// The largest difference of any sample; fails for different sizes.
func largestDifference(_ first: Picture, _ second: Picture) -> Int {
  guard first.width == second.width, first.height == second.height else { return 256 }
  return zip(first.pixels, second.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
}
