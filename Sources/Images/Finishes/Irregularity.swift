/// Smooth random values from 0 to 1 over the plane, the same for every picture: the irregularities of paper, pigment and hand.
struct Irregularity: Sendable {
  /// The distance in pixels over which values are alike.
  let size: Float
  /// Fields of different numbers have nothing in common.
  let number: UInt32

  func callAsFunction(_ x: Int, _ y: Int) -> Float {
    let (column, row) = (Float(x) / size, Float(y) / size)
    let (left, top) = (Int(column.rounded(.down)), Int(row.rounded(.down)))
    let (across, down) = (Self.eased(column - Float(left)), Self.eased(row - Float(top)))
    func corner(_ x: Int, _ y: Int) -> Float { Self.value(left + x, top + y, number: number) }
    let above = corner(0, 0) * (1 - across) + corner(1, 0) * across
    let below = corner(0, 1) * (1 - across) + corner(1, 1) * across
    return above * (1 - down) + below * down
  }

  private static func eased(_ part: Float) -> Float { part * part * (3 - 2 * part) }

  /// One value for each pair of numbers.
  static func value(_ x: Int, _ y: Int, number: UInt32) -> Float {
    var hash = UInt32(truncatingIfNeeded: x) &* 374_761_393 &+ UInt32(truncatingIfNeeded: y) &* 668_265_263
    hash = hash &+ number &* 2_246_822_519
    hash = (hash ^ hash >> 13) &* 1_274_126_177
    hash ^= hash >> 16
    return Float(hash >> 8) / Float(1 << 24)
  }
}
