import KernelInterface
import TestSupport
import Testing

/// Products of bytes with float32 sums, and how values become bytes: all sets of kernels give the same bits.
@Suite struct ByteKernelTests {
  struct Bytes: Equatable {
    let bytes: [UInt8]
    let step: Float
    let zero: Int32
  }

  /// A row as the definition has it.
  static func bytes(_ values: [Float]) -> Bytes {
    let (least, greatest) = (min(0, values.min() ?? 0), max(0, values.max() ?? 0))
    let range = greatest - least
    guard range > 1e-30 else { return Bytes(bytes: values.map { _ in 0 }, step: 0, zero: 0) }
    let factor = 254 / range
    let zero = (-least * factor).rounded(.toNearestOrEven)
    // One rounding of the product, one of the sum: there are no ties but those of the product's own.
    let bytes = values.map { value in
      UInt8((Double(value * factor) + Double(zero)).rounded(.toNearestOrEven))
    }
    return Bytes(bytes: bytes, step: range / 254, zero: Int32(zero))
  }

  static func signedBytes(_ values: [Float]) -> (bytes: [Int8], step: Float) {
    let magnitude = values.map(\.magnitude).max() ?? 0
    guard magnitude > 1e-30 else { return (values.map { _ in 0 }, 0) }
    let factor = 127 / magnitude
    return (values.map { Int8(($0 * factor).rounded(.toNearestOrEven)) }, magnitude / 127)
  }

  static func bytes(of words: [Float]) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word.bitPattern >> (8 * $0)) } }
  }

  private static func anyBytes(_ count: Int, _ random: inout SeededRandom) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
  }

  /// Rows of every kind: both signs, one sign, zeros, one large value, too small to be told from zero.
  static func row(_ kind: Int, _ width: Int, _ random: inout SeededRandom) -> [Float] {
    let values = random.values(width)
    return switch kind {
    case 0: values
    case 1: values.map { $0.magnitude + 3 }
    case 2: values.map { -$0.magnitude }
    case 3: values.map { _ in 0 }
    case 4: values.enumerated().map { $0 == width / 2 ? 1e4 : $1 }
    default: values.map { $0 * 1e-33 }
    }
  }

  @Test(arguments: KernelCase.all, KernelCase.lengths)
  func roundsRows(_ instructions: KernelCase, width: Int) {
    var random = SeededRandom(seed: UInt64(width))
    let (stride, words, room, kinds) = (width + 5, (width + 3) / 4, (width + 3) / 4 + 2, 6)
    let rows = (0..<kinds).map { ByteKernelTests.row($0, width, &random) }
    let source = GuardedValues(rows.flatMap { $0 + [Float](repeating: 1e9, count: 5) })
    for groupWidth in [16, 64, 4096] {
      let groups = (width + groupWidth - 1) / groupWidth
      let target = GuardedValues([Float](repeating: 77, count: kinds * room))
      let (steps, zeros) = (GuardedValues(count: (groups + 1) * kinds), GuardedValues(count: (groups + 1) * kinds))
      unsafe instructions.kernels.roundToBytes(
        source.constant, stride: stride, rows: kinds, width: width, groupWidth: groupWidth, into: target.words,
        targetStride: room, steps: steps.pointer, zeros: zeros.integers, scaleStride: groups + 1)
      #expect(target.isIntact && steps.isIntact && zeros.isIntact)
      #expect(target.values.indices.allSatisfy { $0 % room < words || target.values[$0] == 77 })
      for row in 0..<kinds {
        let found = ByteKernelTests.bytes(of: Array(target.values[row * room..<row * room + words]))
        for group in 0..<groups {
          let range = group * groupWidth..<min(width, (group + 1) * groupWidth)
          let place = row * (groups + 1) + group
          let zero = Int32(bitPattern: zeros.values[place].bitPattern)
          #expect(
            Bytes(bytes: Array(found[range]), step: steps.values[place], zero: zero)
              == ByteKernelTests.bytes(Array(rows[row][range])), "row \(row), group \(group) of \(groupWidth)")
        }
      }
    }
  }

  @Test(arguments: KernelCase.all, KernelCase.lengths)
  func roundsWeights(_ instructions: KernelCase, width: Int) {
    var random = SeededRandom(seed: UInt64(width))
    for kind in 0..<6 {
      let values = ByteKernelTests.row(kind, width, &random)
      let target = GuardedValues(count: (width + 3) / 4)
      let source = GuardedValues(values)
      let (step, sum) = unsafe instructions.kernels.roundToSignedBytes(
        source.constant, width: width, into: target.words)
      let found = ByteKernelTests.bytes(of: target.values).map { Int8(bitPattern: $0) }
      let wanted = ByteKernelTests.signedBytes(values)
      #expect(
        target.isIntact && Array(found.prefix(width)) == wanted.bytes && found.dropFirst(width).allSatisfy { $0 == 0 })
      #expect(step == wanted.step && sum == wanted.bytes.reduce(0) { $0 + Int32($1) })
    }
  }

  /// No value makes a trap.
  @Test(arguments: KernelCase.all, [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude])
  func specialValues(_ instructions: KernelCase, value: Float) {
    var values = [Float](repeating: 1, count: 37)
    (values[3], values[36]) = (value, -value)
    let (source, target) = (GuardedValues(values), GuardedValues(count: 10))
    let (steps, zeros) = (GuardedValues(count: 1), GuardedValues(count: 1))
    unsafe instructions.kernels.roundToBytes(
      source.constant, stride: 37, rows: 1, width: 37, groupWidth: 48, into: target.words, targetStride: 10,
      steps: steps.pointer,
      zeros: zeros.integers, scaleStride: 1)
    _ = unsafe instructions.kernels.roundToSignedBytes(source.constant, width: 37, into: target.words)
    #expect(target.isIntact)
  }

  /// Extreme bytes too: 255 * 127 four times at each step.
  @Test(arguments: KernelCase.all, [1, 15, 16, 17, 33, 48, 63, 64, 65, 80, 128, 131])
  func everyShape(_ instructions: KernelCase, columns: Int) {
    for rows in 1...13 {
      for (words, groupWords) in [(1, 4), (2, 4), (3, 100), (16, 16), (40, 16), (40, 100)] {
        check(instructions.kernels, rows: rows, columns: columns, words: words, groupWords: groupWords)
      }
    }
  }

  private func check(_ kernels: any KernelSet.Type, rows: Int, columns: Int, words: Int, groupWords: Int) {
    var random = SeededRandom(seed: UInt64(rows + 100 * columns + 10_000 * words))
    let left = ByteKernelTests.anyBytes(rows * words * 4, &random).map { $0 % 7 == 0 ? 255 : $0 }
    let right = ByteKernelTests.anyBytes(columns * words * 4, &random).map {
      $0 % 7 == 0 ? Int8(-127) : Int8(bitPattern: $0)
    }
    let groups = (0..<(words + groupWords - 1) / groupWords).map {
      4 * $0 * groupWords..<4 * min(words, ($0 + 1) * groupWords)
    }
    let padded = (columns + 15) / 16 * 16
    let (rowSteps, columnSteps) = (random.values((groups.count + 1) * rows), random.values(groups.count * padded))
    let zeros = ByteKernelTests.anyBytes((groups.count + 1) * rows, &random).map(Int32.init)
    let sums = groups.flatMap { group in
      (0..<padded).map { column in
        column < columns ? group.reduce(Int32(0)) { $0 + Int32(right[column * words * 4 + $1]) } : 0
      }
    }
    let wholes = columns / kernels.panelWidth * kernels.panelWidth
    let packed = GuardedValues(count: (wholes + (columns - wholes + 15) / 16 * 16) * words)
    let (a, b) = (GuardedValues(words: left), GuardedValues(words: right.map { UInt8(bitPattern: $0) }))
    unsafe kernels.packPanels(
      b.constant, columnStride: words, depthStride: 1, columns: columns, depth: words, into: packed.pointer)
    let (steps, zeroValues) = (GuardedValues(rowSteps), GuardedValues(integers: zeros))
    let (scales, sumValues) = (GuardedValues(columnSteps), GuardedValues(integers: sums))
    let stride = columns + 3
    // All at once, and in two parts.
    for split in Set([0, groups.count / 2]) {
      let target = GuardedValues([Float](repeating: 77, count: rows * stride))
      var expected = target.values
      // A zero's part is taken off in float32, so that what is near nothing is as exact as what it is left of.
      var parts = [Float](repeating: 0, count: target.values.count)
      for range in [0..<split, split..<groups.count] where !range.isEmpty {
        unsafe kernels.multiplyBytePanels(
          UnsafePointer(a.words + range.lowerBound * groupWords), leftStride: words, UnsafePointer(packed.words),
          panelDepth: words,
          depthRange: groups[range.lowerBound].lowerBound / 4..<groups[range.upperBound - 1].upperBound / 4,
          columns: columns,
          scales: ByteScales(
            groupWords: groupWords, rowSteps: steps.constant + range.lowerBound,
            rowZeros: UnsafePointer(zeroValues.integers) + range.lowerBound, rowStride: groups.count + 1,
            columnSteps: scales.constant + range.lowerBound * padded,
            columnSums: UnsafePointer(sumValues.integers) + range.lowerBound * padded, groupStride: padded),
          into: target.pointer, targetStride: stride, rows: rows, accumulating: range.lowerBound > 0)
      }
      for row in 0..<rows {
        for column in 0..<columns {
          for (index, group) in groups.enumerated() {
            let scale = row * (groups.count + 1) + index
            let sum = group.reduce(Int32(0)) {
              $0 + (Int32(left[row * words * 4 + $1]) - zeros[scale]) * Int32(right[column * words * 4 + $1])
            }
            let step = columnSteps[index * padded + column] * rowSteps[scale]
            let place = row * stride + column
            expected[place] = index > 0 ? expected[place] + Float(sum) * step : Float(sum) * step
            let zeros = zeros[scale] * sums[index * padded + column]
            parts[place] += (abs(Float(zeros)) + abs(Float(sum + zeros))) * abs(step)
          }
        }
      }
      let isNear = zip(target.values.indices, zip(target.values, expected)).allSatisfy { place, values in
        abs(values.0 - values.1) <= 4e-7 * parts[place]
      }
      #expect(target.isIntact && isNear, "\(rows) rows, \(words) words, split \(split)")
    }
  }
}

extension GuardedValues {
  /// Bytes, four a word.
  fileprivate convenience init(words bytes: [UInt8]) {
    self.init(
      stride(from: 0, to: bytes.count, by: 4).map { first in
        Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[first + $1]) << UInt32(8 * $1) })
      })
  }

  fileprivate convenience init(integers: [Int32]) {
    self.init(integers.map { Float(bitPattern: UInt32(bitPattern: $0)) })
  }

  /// The same place, for integers.
  fileprivate var integers: UnsafeMutablePointer<Int32> {
    unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Int32.self)
  }
}
