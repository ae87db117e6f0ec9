extension Int {
  /// The least multiple of `multiple` that is no less; of numbers from 0 on.
  package func roundedUp(to multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
}
