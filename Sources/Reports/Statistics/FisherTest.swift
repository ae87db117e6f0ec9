import System

/// Fisher's exact test (Fisher 1922): whether two shares differ by more than chance makes them; right for small samples too.
enum FisherTest {
  /// How likely two shares of one population differ at least as much, either way: 0...1.
  static func probability(_ first: Share, _ second: Share) -> Double {
    let (drawn, marked, all) = (first.total, first.count + second.count, first.total + second.total)
    let least = max(0, drawn + marked - all)
    let most = min(drawn, marked)
    guard least < most else { return 1 }
    let common = logBinomial(all, drawn)
    func density(_ count: Int) -> Double {
      exp(logBinomial(marked, count) + logBinomial(all - marked, drawn - count) - common)
    }
    // As SciPy: everything that is no likelier than what was seen, up to rounding.
    let limit = density(first.count) * (1 + 1e-7)
    // From the likeliest count outwards, each density from the one before, until they are too small to matter.
    let peak = min(most, max(least, Int(Double(drawn + 1) * Double(marked + 1) / Double(all + 2))))
    var sum = 0.0
    func add(_ density: Double) -> Bool {
      if density <= limit { sum += density }
      return density > limit || density > sum * 1e-17
    }
    var (count, value) = (peak, density(peak))
    while add(value), count < most {
      value *= Double(marked - count) * Double(drawn - count)
      value /= Double(count + 1) * Double(all - marked - drawn + count + 1)
      count += 1
    }
    (count, value) = (peak, density(peak))
    while count > least {
      value *= Double(count) * Double(all - marked - drawn + count)
      value /= Double(marked - count + 1) * Double(drawn - count + 1)
      count -= 1
      if !add(value) { break }
    }
    return min(1, sum)
  }

  private static func logBinomial(_ n: Int, _ k: Int) -> Double {
    lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
  }
}
