/// MT19937 (Matsumoto and Nishimura 1998), the engine of torch's CPU generator.
struct MersenneTwister: Sendable {
  private static let length = 624
  private static let middle = 397

  private var state: [UInt32]
  private var next = MersenneTwister.length

  init(seed: UInt32) {
    state = [seed]
    state.reserveCapacity(Self.length)
    for index in 1..<Self.length {
      let previous = state[index - 1]
      state.append(1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(index))
    }
  }

  /// The next 32 random bits.
  mutating func nextBits() -> UInt32 {
    if next == Self.length { renew() }
    var bits = state[next]
    next += 1
    bits ^= bits >> 11
    bits ^= (bits << 7) & 0x9D2C_5680
    bits ^= (bits << 15) & 0xEFC6_0000
    return bits ^ (bits >> 18)
  }

  private mutating func renew() {
    for index in 0..<Self.length {
      let bits = (state[index] & 0x8000_0000) | (state[(index + 1) % Self.length] & 0x7FFF_FFFF)
      let twisted = (bits >> 1) ^ (bits & 1 == 0 ? 0 : 0x9908_B0DF)
      state[index] = state[(index + Self.middle) % Self.length] ^ twisted
    }
    next = 0
  }
}
