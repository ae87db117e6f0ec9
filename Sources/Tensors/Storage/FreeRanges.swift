/// Ranges of addresses that nobody uses, in order; neighbours are one range.
struct FreeRanges {
  private(set) var ranges: [Range<Int>] = []
  private(set) var bytes = 0

  /// The first `size` bytes of the shortest range that holds them; nil where none does.
  mutating func take(_ size: Int) -> Range<Int>? {
    var best: Int?
    for index in ranges.indices where ranges[index].count >= size {
      if let known = best, ranges[known].count <= ranges[index].count { continue }
      best = index
    }
    guard let best else { return nil }
    let start = ranges[best].lowerBound
    return cut(start..<start + size, from: best)
  }

  /// Adds a range, which must touch no free one except at its ends.
  mutating func insert(_ range: Range<Int>) {
    bytes += range.count
    let next = ranges.partitioningIndex { $0.lowerBound >= range.upperBound }
    let joinsBefore = next > 0 && ranges[next - 1].upperBound == range.lowerBound
    let joinsAfter = next < ranges.count && ranges[next].lowerBound == range.upperBound
    switch (joinsBefore, joinsAfter) {
    case (true, true):
      ranges[next - 1] = ranges[next - 1].lowerBound..<ranges[next].upperBound
      ranges.remove(at: next)
    case (true, false): ranges[next - 1] = ranges[next - 1].lowerBound..<range.upperBound
    case (false, true): ranges[next] = range.lowerBound..<ranges[next].upperBound
    case (false, false): ranges.insert(range, at: next)
    }
  }

  /// Removes what goes beyond `limit` bytes from the ends of the longest ranges, cut at multiples of `unit` where that lies
  /// within them, and returns it.
  mutating func trim(to limit: Int, unit: Int) -> [Range<Int>] {
    var removed: [Range<Int>] = []
    while bytes > limit, let longest = ranges.indices.max(by: { ranges[$0].count < ranges[$1].count }) {
      let range = ranges[longest]
      let start = max(range.lowerBound, (range.upperBound - (bytes - limit)) / unit * unit)
      removed.append(cut(start..<range.upperBound, from: longest))
    }
    return removed
  }

  /// Removes one end of a range.
  private mutating func cut(_ part: Range<Int>, from index: Int) -> Range<Int> {
    let whole = ranges[index]
    bytes -= part.count
    if part == whole {
      ranges.remove(at: index)
    } else {
      ranges[index] =
        part.lowerBound == whole.lowerBound
        ? part.upperBound..<whole.upperBound : whole.lowerBound..<part.lowerBound
    }
    return part
  }
}

extension Array {
  /// The first index whose element satisfies `isInSecondPart`, which no element does before one that does not.
  fileprivate func partitioningIndex(where isInSecondPart: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = (low + high) / 2
      if isInSecondPart(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
