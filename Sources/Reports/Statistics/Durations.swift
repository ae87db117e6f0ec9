/// Seconds that things took; keeps them all, so that its figures are exact.
struct Durations: Sendable {
  private var seconds: [Float] = []
  private(set) var sum = 0.0

  var count: Int { seconds.count }

  mutating func add(_ value: Double) {
    seconds.append(Float(value))
    sum += value
  }

  mutating func add(_ other: Durations) {
    seconds += other.seconds
    sum += other.sum
  }

  /// The figures; nil of nothing.
  consuming func summary() -> Timing? {
    guard !seconds.isEmpty else { return nil }
    let median = quantile(0.5)
    return Timing(count: count, meanSeconds: sum / Double(count), medianSeconds: median, p95Seconds: quantile(0.95))
  }

  /// The smallest value that is not exceeded by that share of all values (nearest rank, NumPy's `inverted_cdf`).
  mutating func quantile(_ share: Double) -> Double {
    let rank = (share * Double(seconds.count)).rounded(.up)
    return Double(select(max(0, Int(rank) - 1)))
  }

  /// The value at a place of the sorted order (Hoare 1961, "Find"): no need to sort a million numbers for two of them.
  private mutating func select(_ place: Int) -> Float {
    var (low, high) = (0, seconds.count - 1)
    while low < high {
      let middle = low + (high - low) / 2
      let (a, b, c) = (seconds[low], seconds[middle], seconds[high])
      let pivot = max(min(a, b), min(max(a, b), c))
      var (left, right) = (low, high)
      while left <= right {
        while seconds[left] < pivot { left += 1 }
        while pivot < seconds[right] { right -= 1 }
        if left <= right {
          seconds.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if place <= right {
        high = right
      } else if place >= left {
        low = left
      } else {
        break
      }
    }
    return seconds[place]
  }
}
