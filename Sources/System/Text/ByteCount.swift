import Foundation

/// A number of bytes in the largest unit that leaves a number above 1: `2.5 GB` (of 2^30 bytes).
package struct ByteCount: Sendable, Equatable, CustomStringConvertible {
  package let bytes: Int

  package init(_ bytes: Int) { self.bytes = bytes }

  /// Reads `2GB`, `2.5 GiB`, `800MB` or `800M`; a bare number is bytes. Nil for anything else, and for nothing at all.
  package init?(parsing text: String) {
    let number = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(number.count).trimmingCharacters(in: .whitespaces).lowercased()
    let shifts = [
      "": 0, "b": 0, "k": 10, "kb": 10, "kib": 10, "m": 20, "mb": 20, "mib": 20, "g": 30, "gb": 30, "gib": 30,
    ]
    guard let value = Double(number), let shift = shifts[unit], value > 0, value < 1e6 || shift == 0, value < 1e15
    else {
      return nil
    }
    self.init(Int(value * Double(1 << shift)))
  }

  package var description: String { rounded(.toNearestOrAwayFromZero) }

  /// What is needed is rounded up, what is there down: told side by side they never look alike.
  package func rounded(_ rule: FloatingPointRoundingRule) -> String {
    let value = Double(bytes)
    switch bytes {
    case (1 << 30)...: return "\((value / Double(1 << 30) * 10).rounded(rule) / 10) GB"
    case (1 << 20)...: return "\(Int((value / Double(1 << 20)).rounded(rule))) MB"
    case (10 << 10)...: return "\(Int((value / 1024).rounded(rule))) kB"
    default: return "\(bytes) bytes"
    }
  }
}
