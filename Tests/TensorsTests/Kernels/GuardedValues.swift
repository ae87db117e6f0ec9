/// Values at an address that no SIMD width divides, between guards that a kernel must leave as they are.
@safe final class GuardedValues {
  private let block: UnsafeMutableBufferPointer<Float>
  private let count: Int

  private static let before = 17
  private static let after = 16
  private static let mark: Float = -987_654.25

  init(_ values: [Float]) {
    count = values.count
    unsafe block = UnsafeMutableBufferPointer(
      start: UnsafeMutableRawPointer.allocate(
        byteCount: 4 * (count + GuardedValues.before + GuardedValues.after), alignment: 64
      ).bindMemory(to: Float.self, capacity: count + GuardedValues.before + GuardedValues.after),
      count: count + GuardedValues.before + GuardedValues.after)
    unsafe block.initialize(repeating: GuardedValues.mark)
    for (index, value) in values.enumerated() { unsafe pointer[index] = value }
  }

  /// Room for `count` values.
  convenience init(count: Int) { self.init([Float](repeating: .nan, count: count)) }

  deinit { unsafe block.deallocate() }

  /// Four bytes beyond a cache line's start.
  var pointer: UnsafeMutablePointer<Float> { unsafe block.baseAddress! + GuardedValues.before }

  var constant: UnsafePointer<Float> { unsafe UnsafePointer(pointer) }

  var values: [Float] { unsafe Array(block[GuardedValues.before..<GuardedValues.before + count]) }

  /// Whether nothing beyond the values was written.
  var isIntact: Bool {
    unsafe block.indices.allSatisfy {
      unsafe (GuardedValues.before..<GuardedValues.before + count).contains($0) || block[$0] == GuardedValues.mark
    }
  }
}
