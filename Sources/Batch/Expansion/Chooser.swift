/// Decides between alternatives, the same way each time.
protocol Chooser {
  /// One of `0..<count`.
  mutating func pick(_ count: Int) -> Int
}

/// Picks that look random and follow from a number.
struct SeededChooser: Chooser {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  /// SplitMix64 (Steele, Lea and Flood 2014).
  mutating func pick(_ count: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    bits ^= bits >> 31
    return Int(bits.multipliedFullWidth(by: UInt64(count)).high)
  }
}

/// Goes through all combinations in order, the last choice fastest, like the wheels of a counter. A choice within
/// another's alternative is a wheel only while that alternative shows.
struct CountingChooser: Chooser {
  private var wheels: [(value: Int, count: Int)] = []
  private var position = 0

  mutating func pick(_ count: Int) -> Int {
    if position == wheels.count { wheels.append((0, count)) }
    defer { position += 1 }
    return wheels[position].value
  }

  /// Moves to the next combination; false after the last.
  mutating func advance() -> Bool {
    position = 0
    while let wheel = wheels.popLast() {
      guard wheel.value + 1 < wheel.count else { continue }
      wheels.append((wheel.value + 1, wheel.count))
      return true
    }
    return false
  }
}
