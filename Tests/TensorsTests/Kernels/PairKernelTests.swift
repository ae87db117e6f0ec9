import KernelInterface
import TestSupport
import Testing

/// Products of bfloat16 with float32 sums, and how values become pairs.
@Suite struct PairKernelTests {
  /// The nearest bfloat16, ties to even: found by comparing with both neighbours.
  static func rounded(_ value: Float) -> Float {
    guard value.isFinite else { return value }
    let below = Float(bitPattern: value.bitPattern & 0xFFFF_0000)
    let above = Float(bitPattern: below.bitPattern &+ 0x1_0000)
    let (down, up) = ((value - below).magnitude, (above - value).magnitude)
    if down != up { return down < up ? below : above }
    return below.bitPattern & 0x1_0000 == 0 ? below : above
  }

  /// Both halves of words, the low one first.
  static func halves(_ words: [UInt32]) -> [Float] {
    words.flatMap { [Float(bitPattern: $0 << 16), Float(bitPattern: $0 & 0xFFFF_0000)] }
  }

  private static let special: [Float] = [
    0, -0.0, 1, -1, 1.00390625, 1.01171875, 3.3895314e38, .infinity, -.infinity, 0.1, -65504, 1e-30,
  ]

  @Test(arguments: KernelCase.all, KernelCase.lengths)
  func roundsRows(_ instructions: KernelCase, width: Int) {
    var random = SeededRandom(seed: UInt64(width))
    let stride = width + 5
    let values = random.values(3 * stride).enumerated().map { index, value in
      index % 7 == 0 ? PairKernelTests.special[index / 7 % PairKernelTests.special.count] : value
    }
    let (words, room) = ((width + 1) / 2, (width + 1) / 2 + 2)
    let source = GuardedValues(values)
    let target = GuardedValues([Float](repeating: 77, count: 3 * room))
    unsafe instructions.kernels.roundToPairs(
      source.constant, stride: stride, rows: 3, width: width, into: target.words, targetStride: room)
    #expect(target.isIntact && target.values.indices.allSatisfy { $0 % room < words || target.values[$0] == 77 })
    for row in 0..<3 {
      let found = PairKernelTests.halves(target.values[row * room..<row * room + words].map(\.bitPattern))
      let wanted = values[row * stride..<row * stride + width].map(PairKernelTests.rounded)
      #expect(Array(found.prefix(width)) == wanted && found.dropFirst(width).allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: KernelCase.all) func notANumber(_ instructions: KernelCase) {
    let values = [Float](repeating: Float(bitPattern: 0x7FFF_FFFF), count: 35)
    let (source, target) = (GuardedValues(values), GuardedValues(count: 18))
    unsafe instructions.kernels.roundToPairs(
      source.constant, stride: 35, rows: 1, width: 35, into: target.words, targetStride: 18)
    let halves = PairKernelTests.halves(target.values.map(\.bitPattern))
    #expect(halves.dropLast().allSatisfy { $0.isNaN })
  }

  @Test(arguments: KernelCase.all, [1, 2, 3, 16, 33])
  func pairsPanels(_ instructions: KernelCase, depth: Int) {
    for width in [16, 32, 64] {
      var random = SeededRandom(seed: UInt64(depth * width))
      let values = random.values(depth * width)
      let (source, target) = (GuardedValues(values), GuardedValues(count: (depth + 1) / 2 * width))
      unsafe instructions.kernels.pairPanel(source.constant, depth: depth, width: width, into: target.words)
      #expect(target.isIntact)
      let found = PairKernelTests.halves(target.values.map(\.bitPattern))
      for row in 0..<depth + depth % 2 {
        for column in 0..<width {
          let wanted = row < depth ? PairKernelTests.rounded(values[row * width + column]) : 0
          #expect(found[2 * (row / 2 * width + column) + row % 2] == wanted)
        }
      }
    }
  }

  /// Rounded factors have exact products; sums of up to 40 of them below 1 round to some 40 * 2^-24.
  @Test(arguments: KernelCase.all, [1, 15, 16, 17, 33, 48, 63, 64, 65, 80, 128, 131])
  func everyShape(_ instructions: KernelCase, columns: Int) {
    let kernels = instructions.kernels
    for rows in 1...13 {
      for depth in [1, 2, 15, 16, 40] {
        var random = SeededRandom(seed: UInt64(rows + 100 * columns + 10_000 * depth))
        let (left, right) = (random.values(rows * depth), random.values(columns * depth))
        let words = (depth + 1) / 2
        let (a, b) = (GuardedValues(left), GuardedValues(right))
        let (roundedLeft, roundedRight) = (GuardedValues(count: rows * words), GuardedValues(count: columns * words))
        unsafe kernels.roundToPairs(
          a.constant, stride: depth, rows: rows, width: depth, into: roundedLeft.words, targetStride: words)
        unsafe kernels.roundToPairs(
          b.constant, stride: depth, rows: columns, width: depth, into: roundedRight.words, targetStride: words)
        let wholes = columns / kernels.panelWidth * kernels.panelWidth
        let packed = GuardedValues(count: (wholes + (columns - wholes + 15) / 16 * 16) * words)
        unsafe kernels.packPanels(
          roundedRight.constant, columnStride: words, depthStride: 1, columns: columns, depth: words,
          into: packed.pointer)
        let stride = columns + 3
        for split in [0, words / 2] {
          let target = GuardedValues([Float](repeating: 77, count: rows * stride))
          for range in [0..<split, split..<words] where !range.isEmpty {
            unsafe kernels.multiplyPairPanels(
              UnsafePointer(roundedLeft.words + range.lowerBound), leftStride: words, UnsafePointer(packed.words),
              panelDepth: words, depthRange: range, columns: columns, into: target.pointer, targetStride: stride,
              rows: rows, accumulating: range.lowerBound > 0)
          }
          #expect(
            target.isIntact && target.values.indices.allSatisfy { $0 % stride < columns || target.values[$0] == 77 })
          let expected = Twin.product(
            left.map(PairKernelTests.rounded), right.map(PairKernelTests.rounded), inputs: depth, outputs: columns)
          expectClose(
            target.values.indices.filter { $0 % stride < columns }.map { target.values[$0] }, expected,
            absolute: 4e-6, "\(rows) rows, depth \(depth), split \(split)")
        }
      }
    }
  }
}

extension GuardedValues {
  /// The same place, for words.
  var words: UnsafeMutablePointer<UInt32> {
    unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: UInt32.self)
  }
}
