import KernelInterface

#if AVX2 || AVX512
  import CIntrinsics
#endif

// Four products of bytes, one side unsigned, meet in one instruction (`vpdpbusd`) where the processor has it. Elsewhere bytes become 16-bit
// integers, two products of which do.

extension Kernels {
  package static var hasByteProducts: Bool {
    #if AVX512VNNI || AVX2VNNI
      true
    #else
      false
    #endif
  }

  package static func roundToBytes(
    _ source: UnsafePointer<Float>, stride: Int, rows: Int, width: Int, groupWidth: Int,
    into target: UnsafeMutablePointer<UInt32>, targetStride: Int, steps: UnsafeMutablePointer<Float>,
    zeros: UnsafeMutablePointer<Int32>, scaleStride: Int
  ) {
    for row in 0..<rows {
      var (start, scale) = (0, row &* scaleStride)
      while start < width {
        let count = groupWidth < width &- start ? groupWidth : width &- start
        let from = unsafe source + (row &* stride &+ start)
        let (least, greatest) = unsafe extremes(from, count)
        let range = greatest - least
        // 254 steps between them, so that no rounding leaves a byte.
        let factor = range > smallestRange ? 254 / range : 0
        let zero = integerBits + (0 - least) * factor
        unsafe steps[scale] = range > smallestRange ? range / 254 : 0
        unsafe zeros[scale] = Int32(bitPattern: zero.bitPattern &- integerBits.bitPattern)
        unsafe writeBytes(from, count, factor: factor, zero: zero, into: target + (row &* targetStride &+ start / 4)) {
          _ in
        }
        start &+= groupWidth
        scale &+= 1
      }
    }
  }

  package static func roundToSignedBytes(
    _ source: UnsafePointer<Float>, width: Int, into target: UnsafeMutablePointer<UInt32>
  ) -> (step: Float, sum: Int32) {
    let (least, greatest) = unsafe extremes(source, width)
    let magnitude = -least > greatest ? -least : greatest
    let factor = magnitude > smallestRange ? 127 / magnitude : 0
    var sums = LaneBits(repeating: 0)
    unsafe writeBytes(source, width, factor: factor, zero: integerBits, into: target) {
      sums &+= $0 &- integerBits.bitPattern
    }
    var sum: UInt32 = 0
    for lane in 0..<laneCount { sum &+= sums[lane] }
    return (magnitude > smallestRange ? magnitude / 127 : 0, Int32(bitPattern: sum))
  }

  package static func multiplyBytePanels(
    _ left: UnsafePointer<UInt32>, leftStride: Int, _ panels: UnsafePointer<UInt32>, panelDepth: Int,
    depthRange: Range<Int>, columns: Int, scales: ByteScales, into target: UnsafeMutablePointer<Float>,
    targetStride: Int, rows: Int, accumulating: Bool
  ) {
    var panel = unsafe panels
    for first in stride(from: 0, to: columns, by: panelWidth) {
      let used = min(panelWidth, columns - first)
      let lanes = (used + laneCount - 1) / laneCount
      var here = scales
      unsafe here.columnSteps += first
      unsafe here.columnSums += first
      let job = unsafe ByteJob(
        left: left, leftStride: leftStride, panel: panel + depthRange.lowerBound * lanes * laneCount,
        depth: depthRange.count, scales: here, target: target + first, targetStride: targetStride,
        tail: used % laneCount, accumulating: accumulating)
      #if AVX512
        switch lanes {
        case 4: BytePanelColumn<4>.multiply(job, rows: rows)
        case 3: BytePanelColumn<3>.multiply(job, rows: rows)
        case 2: BytePanelColumn<2>.multiply(job, rows: rows)
        default: BytePanelColumn<1>.multiply(job, rows: rows)
        }
      #else
        BytePanelColumn<1>.multiply(job, rows: rows)
      #endif
      unsafe panel += panelDepth * lanes * laneCount
    }
  }
}

/// A range below which all values are zero: the factor for smaller ones is beyond float32.
private let smallestRange: Float = 1e-30

/// Added to a number of up to 2^22, it leaves the nearest integer in the low bits.
private let integerBits: Float = 12_582_912

/// The least and the greatest of `width` values and 0.
@inline(__always)
private func extremes(_ source: UnsafePointer<Float>, _ width: Int) -> (Float, Float) {
  var least = InlineArray<2, Lanes>(repeating: Lanes(repeating: 0))
  var greatest = least
  var index = 0
  while index &+ 2 &* laneCount <= width {
    for part in 0..<2 {
      let values = unsafe load(source + index + part &* laneCount)
      least[part] = lesser(values, least[part])
      greatest[part] = greater(values, greatest[part])
    }
    index &+= 2 &* laneCount
  }
  while index < width {
    let values = unsafe index &+ laneCount <= width ? load(source + index) : loadPart(source + index, width &- index)
    least[0] = lesser(values, least[0])
    greatest[0] = greater(values, greatest[0])
    index &+= laneCount
  }
  least[0] = lesser(least[1], least[0])
  greatest[0] = greater(greatest[1], greatest[0])
  var ends = (least[0][0], greatest[0][0])
  for lane in 1..<laneCount {
    if least[0][lane] < ends.0 { ends.0 = least[0][lane] }
    if greatest[0][lane] > ends.1 { ends.1 = greatest[0][lane] }
  }
  return ends
}

/// `values * factor + zero`, whose low bytes are what is written; `each` sees the bits of 16 at a time, those behind the last value of zeros.
@inline(__always)
private func writeBytes(
  _ source: UnsafePointer<Float>, _ width: Int, factor: Float, zero: Float, into target: UnsafeMutablePointer<UInt32>,
  _ each: (LaneBits) -> Void
) {
  let place = UnsafeMutableRawPointer(target)
  var index = 0
  while index < width {
    let values = unsafe index &+ laneCount <= width ? load(source + index) : loadPart(source + index, width &- index)
    let bits = unsafe unsafeBitCast(values * factor + zero, to: LaneBits.self)
    each(bits)
    let bytes = lowBytes(of: bits)
    if index &+ laneCount <= width {
      unsafe (place + index).storeBytes(of: bytes, as: SIMD16<UInt8>.self)
    } else {
      let words = unsafe unsafeBitCast(bytes, to: SIMD4<UInt32>.self)
      for word in 0..<(width &- index &+ 3) / 4 { unsafe target[index / 4 &+ word] = words[word] }
    }
    index &+= laneCount
  }
}

@inline(__always)
private func lowBytes(of words: LaneBits) -> SIMD16<UInt8> {
  #if AVX512
    unsafe unsafeBitCast(limn_low_bytes(unsafeBitCast(words, to: SIMD8<Int64>.self)), to: SIMD16<UInt8>.self)
  #else
    let all = unsafe unsafeBitCast(words, to: SIMD64<UInt8>.self)
    var bytes = SIMD16<UInt8>()
    for lane in 0..<16 { bytes[lane] = all[4 &* lane] }
    return bytes
  #endif
}

/// The first where it is less, the second elsewhere.
@inline(__always)
private func lesser(_ first: Lanes, _ second: Lanes) -> Lanes {
  #if AVX512
    limn_lesser(first, second)
  #else
    second.replacing(with: first, where: first .< second)
  #endif
}

@inline(__always)
private func greater(_ first: Lanes, _ second: Lanes) -> Lanes {
  #if AVX512
    limn_greater(first, second)
  #else
    second.replacing(with: first, where: first .> second)
  #endif
}

/// One panel and the rows that meet it.
@safe private struct ByteJob {
  var left: UnsafePointer<UInt32>
  let leftStride: Int
  let panel: UnsafePointer<UInt32>
  let depth: Int
  var scales: ByteScales
  var target: UnsafeMutablePointer<Float>
  let targetStride: Int
  /// Columns in the last vector, 0 when it is full.
  let tail: Int
  let accumulating: Bool

  @inline(__always)
  mutating func skip(rows: Int) {
    unsafe left += rows &* leftStride
    unsafe target += rows &* targetStride
    unsafe scales.rowSteps += rows &* scales.rowStride
    unsafe scales.rowZeros += rows &* scales.rowStride
  }
}

/// All rows against a panel of `lanes` vectors.
private enum BytePanelColumn<let lanes: Int> {
  @inline(__always)
  static func multiply(_ whole: ByteJob, rows: Int) {
    var job = whole
    var rest = rows
    #if AVX512 || AVX2
      while rest >= 6 {
        ByteTile<6, lanes>.multiply(job)
        job.skip(rows: 6)
        rest &-= 6
      }
    #endif
    while rest >= 4 {
      ByteTile<4, lanes>.multiply(job)
      job.skip(rows: 4)
      rest &-= 4
    }
    if rest >= 2 {
      ByteTile<2, lanes>.multiply(job)
      job.skip(rows: 2)
      rest &-= 2
    }
    if rest == 1 { ByteTile<1, lanes>.multiply(job) }
  }
}

/// `rows x lanes` sums held in registers over a group of the depth, and then added to the result.
private enum ByteTile<let rows: Int, let lanes: Int> {
  private typealias Sums = InlineArray<rows, InlineArray<lanes, LaneIntegers>>

  @inline(never)
  static func multiply(_ job: ByteJob) {
    var (start, group) = (0, 0)
    while start < job.depth {
      let length = job.scales.groupWords < job.depth &- start ? job.scales.groupWords : job.depth &- start
      var sums = Sums(repeating: InlineArray<lanes, LaneIntegers>(repeating: LaneIntegers(repeating: 0)))
      let (left, stride) = unsafe (job.left + start, job.leftStride)
      var panel = unsafe job.panel + start &* lanes &* laneCount
      for step in 0..<length {
        var right = InlineArray<lanes, LaneBits>(repeating: LaneBits())
        for lane in 0..<lanes {
          right[lane] = unsafe UnsafeRawPointer(panel + lane &* laneCount).loadUnaligned(as: LaneBits.self)
        }
        for row in 0..<rows {
          let value = unsafe LaneBits(repeating: left[row &* stride &+ step])
          for lane in 0..<lanes { sums[row][lane] = multiplyAddBytes(value, right[lane], sums[row][lane]) }
        }
        unsafe panel += lanes &* laneCount
      }
      finish(job, group, sums, accumulating: job.accumulating || start > 0)
      start &+= length
      group &+= 1
    }
  }

  /// Adds `(sums - zero * columnSums) * columnStep * rowStep`, the zero's part by itself so that a sum costs no integer product.
  /// A row after the other by its number: of a loop the compiler would keep the sums in memory.
  @inline(__always)
  private static func finish(_ job: ByteJob, _ group: Int, _ sums: Sums, accumulating: Bool) {
    guard job.tail == 0 else { return finishNarrow(job, group, sums, accumulating: accumulating) }
    let columns = ColumnScales(job.scales, group)
    finish(row: 0, job, group, sums, columns, accumulating)
    if rows > 1 { finish(row: 1, job, group, sums, columns, accumulating) }
    if rows > 2 {
      finish(row: 2, job, group, sums, columns, accumulating)
      finish(row: 3, job, group, sums, columns, accumulating)
    }
    if rows > 4 {
      finish(row: 4, job, group, sums, columns, accumulating)
      finish(row: 5, job, group, sums, columns, accumulating)
    }
  }

  @inline(__always)
  private static func finish(
    row: Int, _ job: ByteJob, _ group: Int, _ sums: Sums, _ columns: ColumnScales, _ accumulating: Bool
  ) {
    let scales = unsafe RowScales(job.scales, row, group)
    let target = unsafe job.target + row &* job.targetStride
    for lane in 0..<lanes {
      let product = columns.product(sums[row][lane], lane, scales)
      let place = unsafe target + lane &* laneCount
      unsafe store(accumulating ? load(place) + product : product, place)
    }
  }

  /// The same where the last vector is not full: apart, so that the common way needs no memory for the sums.
  @inline(never)
  private static func finishNarrow(_ job: ByteJob, _ group: Int, _ sums: Sums, accumulating: Bool) {
    let columns = ColumnScales(job.scales, group)
    for row in 0..<rows {
      let scales = unsafe RowScales(job.scales, row, group)
      for lane in 0..<lanes {
        let product = columns.product(sums[row][lane], lane, scales)
        let place = unsafe job.target + (row &* job.targetStride &+ lane &* laneCount)
        if lane == lanes - 1 {
          unsafe storePart(accumulating ? loadPart(place, job.tail) + product : product, place, job.tail)
        } else {
          unsafe store(accumulating ? load(place) + product : product, place)
        }
      }
    }
  }

  /// A row's step in a group, and what a zero that is not at the byte 0 takes off a column whose bytes add up to 1.
  private struct RowScales {
    let step: Lanes
    let offset: Lanes

    @inline(__always)
    init(_ scales: ByteScales, _ row: Int, _ group: Int) {
      let place = row &* scales.rowStride &+ group
      let step = unsafe scales.rowSteps[place]
      self.step = Lanes(repeating: step)
      offset = unsafe Lanes(repeating: Float(0 &- scales.rowZeros[place]) * step)
    }
  }

  /// The steps of a panel's columns in a group, and the sums of their bytes in these steps.
  private struct ColumnScales {
    var steps = InlineArray<lanes, Lanes>(repeating: Lanes(repeating: 0))
    var sums = InlineArray<lanes, Lanes>(repeating: Lanes(repeating: 0))

    @inline(__always)
    init(_ scales: ByteScales, _ group: Int) {
      for lane in 0..<lanes {
        let column = group &* scales.groupStride &+ lane &* laneCount
        let bytes = unsafe UnsafeRawPointer(scales.columnSums + column).loadUnaligned(as: LaneIntegers.self)
        unsafe steps[lane] = load(scales.columnSteps + column)
        sums[lane] = floats(bytes) * steps[lane]
      }
    }

    @inline(__always)
    func product(_ integers: LaneIntegers, _ lane: Int, _ row: RowScales) -> Lanes {
      multiplyAdd(row.offset, sums[lane], floats(integers) * row.step * steps[lane])
    }
  }
}

/// `sums` + the four products of each word's bytes, those of `left` unsigned, those of `right` signed.
@inline(__always)
private func multiplyAddBytes(_ left: LaneBits, _ right: LaneBits, _ sums: LaneIntegers) -> LaneIntegers {
  #if AVX512VNNI
    unsafe unsafeBitCast(
      limn_dot_bytes(
        unsafeBitCast(sums, to: SIMD8<Int64>.self), unsafeBitCast(left, to: SIMD8<Int64>.self),
        unsafeBitCast(right, to: SIMD8<Int64>.self)), to: LaneIntegers.self)
  #elseif AVX2VNNI
    LaneIntegers(
      lowHalf: dotHalf(sums.lowHalf, left.lowHalf, right.lowHalf),
      highHalf: dotHalf(sums.highHalf, left.highHalf, right.highHalf))
  #else
    // Bytes 0 and 2 of each word as 16-bit integers, then 1 and 3.
    let even = shortProducts(left & 0x00FF_00FF, signedShorts(right, from: 0))
    let odd = shortProducts((left &>> 8) & 0x00FF_00FF, signedShorts(right, from: 1))
    return sums &+ even &+ odd
  #endif
}

#if AVX2VNNI
  @inline(__always)
  private func dotHalf(_ sums: SIMD8<Int32>, _ left: SIMD8<UInt32>, _ right: SIMD8<UInt32>) -> SIMD8<Int32> {
    unsafe unsafeBitCast(
      limn_dot_bytes_half(
        unsafeBitCast(sums, to: SIMD4<Int64>.self), unsafeBitCast(left, to: SIMD4<Int64>.self),
        unsafeBitCast(right, to: SIMD4<Int64>.self)), to: SIMD8<Int32>.self)
  }
#elseif !AVX512VNNI
  /// Bytes `byte` and `byte + 2` of each word, widened with their sign.
  @inline(__always)
  private func signedShorts(_ words: LaneBits, from byte: Int) -> SIMD32<Int16> {
    let shorts = unsafe unsafeBitCast(byte == 0 ? words &<< 8 : words, to: SIMD32<Int16>.self)
    return shorts &>> 8
  }

  /// The two products of 16-bit integers in each word, added.
  @inline(__always)
  private func shortProducts(_ left: LaneBits, _ right: SIMD32<Int16>) -> LaneIntegers {
    #if AVX512
      unsafe unsafeBitCast(
        limn_dot_shorts(
          unsafeBitCast(left, to: SIMD8<Int64>.self), unsafeBitCast(right, to: SIMD8<Int64>.self)),
        to: LaneIntegers.self)
    #elseif AVX2
      let words = unsafe unsafeBitCast(right, to: LaneBits.self)
      return LaneIntegers(
        lowHalf: shortProductsHalf(left.lowHalf, words.lowHalf),
        highHalf: shortProductsHalf(left.highHalf, words.highHalf))
    #else
      let first = unsafe unsafeBitCast(left, to: LaneIntegers.self) & 0xFFFF
      let second = unsafe unsafeBitCast(left &>> 16, to: LaneIntegers.self)
      let words = unsafe unsafeBitCast(right, to: LaneIntegers.self)
      return first &* ((words &<< 16) &>> 16) &+ second &* (words &>> 16)
    #endif
  }

  #if AVX2 && !AVX512
    @inline(__always)
    private func shortProductsHalf(_ left: SIMD8<UInt32>, _ right: SIMD8<UInt32>) -> SIMD8<Int32> {
      unsafe unsafeBitCast(
        limn_dot_shorts_half(
          unsafeBitCast(left, to: SIMD4<Int64>.self), unsafeBitCast(right, to: SIMD4<Int64>.self)),
        to: SIMD8<Int32>.self)
    }
  #endif
#endif

/// The nearest float32 of each integer.
@inline(__always)
private func floats(_ integers: LaneIntegers) -> Lanes {
  #if AVX512
    unsafe limn_floats(unsafeBitCast(integers, to: SIMD8<Int64>.self))
  #elseif AVX2
    unsafe Lanes(
      lowHalf: limn_floats_half(unsafeBitCast(integers.lowHalf, to: SIMD4<Int64>.self)),
      highHalf: limn_floats_half(unsafeBitCast(integers.highHalf, to: SIMD4<Int64>.self)))
  #else
    var result = Lanes()
    for lane in 0..<laneCount { result[lane] = Float(integers[lane]) }
    return result
  #endif
}
