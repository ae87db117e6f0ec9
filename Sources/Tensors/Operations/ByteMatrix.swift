import KernelInterface

/// The right side of a product of bytes: panels of words, four neighbours of the depth each, with a step for every column's every group
/// of the depth. A convolution's taps come one after the other.
struct ByteMatrix: Sendable {
  let columns: Int
  private let channels: Int
  private let taps: Int
  /// Words that the channels of a tap take, and columns with those that fill the last panel.
  private let words: Int
  private let paddedColumns: Int
  private let panels: Storage
  /// `[taps, groups, paddedColumns]`
  private let steps: Storage
  /// The same of 32-bit integers.
  private let sums: Storage

  /// Values of the depth that share a step on either side: a large one spoils those of its group only.
  static let groupWidth = 128
  /// Words of a pass at most: a panel's part and the rows that meet it then stay in the second-level cache.
  private static let passWords = 768

  /// - Parameter weight: `[columns, channels, ...]` of any type; what follows the channels is a convolution's window.
  init(_ weight: StoredTensor) {
    columns = weight.shape[0]
    channels = weight.shape[1]
    taps = weight.shape.dropFirst(2).reduce(1, *)
    let (kernels, columns, channels, taps) = (Compute.kernels, columns, channels, taps)
    let (words, groups) = ((channels + 3) / 4, ByteMatrix.groups(channels))
    let width = kernels.panelWidth
    let panelCount = (columns + width - 1) / width
    let paddedColumns = panelCount * width
    let panels = Storage(count: paddedColumns * taps * words)
    let (steps, sums) = (
      Storage(count: taps * groups * paddedColumns), Storage(count: taps * groups * paddedColumns)
    )
    unsafe weight.bytes.withBytes { raw in
      Compute.pool.forEach(panelCount) { panel in
        let first = panel * width
        let used = min(width, columns - first)
        unsafe withScratch(channels * (taps + 1) + used * taps * words) { row in
          let line = unsafe row + channels * taps
          let bytes = unsafe line + channels
          for column in 0..<used {
            let place = (first + column) * channels * taps
            unsafe weight.widen(raw, place..<place + channels * taps, into: row)
            for tap in 0..<taps {
              if taps > 1 { for channel in 0..<channels { unsafe line[channel] = row[channel * taps + tap] } }
              let source = unsafe taps > 1 ? line : row
              for group in 0..<groups {
                let start = group * ByteMatrix.groupWidth
                let (step, sum) = unsafe kernels.roundToSignedBytes(
                  source + start, width: min(ByteMatrix.groupWidth, channels - start),
                  into: (bytes + (column * taps + tap) * words + start / 4).words)
                let scale = (tap * groups + group) * paddedColumns + first + column
                unsafe steps.base[scale] = step
                unsafe sums.base.integers[scale] = sum
              }
            }
          }
          unsafe kernels.packPanels(
            bytes, columnStride: taps * words, depthStride: 1, columns: used, depth: taps * words,
            into: panels.base + first * taps * words)
          for scales in 0..<taps * groups {
            let rest = scales * paddedColumns + first + used
            unsafe (steps.base + rest).update(repeating: 0, count: width - used)
            unsafe (sums.base + rest).update(repeating: 0, count: width - used)
          }
        }
      }
    }
    weight.bytes.discard()
    (self.words, self.paddedColumns) = (words, paddedColumns)
    (self.panels, self.steps, self.sums) = (panels, steps, sums)
  }

  /// Groups of a row of so many values.
  static func groups(_ values: Int) -> Int { (values + groupWidth - 1) / groupWidth }

  /// Whether operators multiply in bytes with this weight.
  static func takes(_ weight: StoredTensor) -> Bool {
    guard weight.precision == .int8, Compute.kernels.outrunsBLAS, weight.shape.count > 1 else { return false }
    return weight.shape.dropFirst(2).allSatisfy { $0 == 1 }
      || takesWindows(inputs: weight.shape[1], outputs: weight.shape[0])
  }

  /// Whether a convolution of so many channels is one of bytes: few fill no panel.
  static func takesWindows(inputs: Int, outputs: Int) -> Bool {
    Compute.kernels.outrunsBLAS && inputs >= 48 && outputs >= 48
  }

  /// What a matrix takes.
  ///
  /// - Parameter shape: `[columns, channels, ...]`
  static func bytes(_ shape: [Int]) -> Int {
    let taps = shape.dropFirst(2).reduce(1, *)
    return shape[0] * taps * ((shape[1] + 3) / 4 * 4 + 8 * groups(shape[1]))
  }

  /// `target = rows * tap`, or `+=` when `accumulating`, for some rows and columns on the calling thread.
  ///
  /// - Parameters:
  ///   - rows: The first of those, `[count, channels]`.
  ///   - rowStep: How many rows further on the next one is.
  ///   - range: Starts at a multiple of a panel's width; `target` points to its first column.
  func multiply(
    _ rows: ByteRows.Place, rowStep: Int = 1, count: Int, tap: Int = 0, columns range: Range<Int>,
    into target: UnsafeMutablePointer<Float>, targetStride: Int, accumulating: Bool = false
  ) {
    let groupWords = ByteMatrix.groupWidth / 4
    let groups = ByteMatrix.groups(channels)
    for pass in Passes(words, atMost: ByteMatrix.passWords, granularity: groupWords).ranges {
      let group = pass.lowerBound / groupWords
      let scale = (tap * groups + group) * paddedColumns + range.lowerBound
      unsafe Compute.kernels.multiplyBytePanels(
        rows.bytes + pass.lowerBound, leftStride: rowStep * words,
        (panels.base + range.lowerBound * taps * words).words,
        panelDepth: taps * words, depthRange: tap * words + pass.lowerBound..<tap * words + pass.upperBound,
        columns: range.count,
        scales: ByteScales(
          groupWords: groupWords, rowSteps: rows.steps + group, rowZeros: rows.zeros + group,
          rowStride: rowStep * groups,
          columnSteps: steps.base + scale, columnSums: UnsafePointer(sums.base.integers + scale),
          groupStride: paddedColumns),
        into: target, targetStride: targetStride, rows: count, accumulating: accumulating || pass.lowerBound > 0)
    }
  }
}

/// The left side of a product of bytes: rows of values, each group of which was rounded to the steps between its least and greatest.
struct ByteRows: Sendable {
  private let words: Int
  private let groups: Int
  private let bytes: Storage
  private let steps: Storage
  private let zeros: Storage

  /// - Parameter x: `[..., values]`
  init(_ x: Tensor) {
    let width = x.shape[x.rank - 1]
    let rows = x.count / width
    let (words, groups) = ((width + 3) / 4, ByteMatrix.groups(width))
    (self.words, self.groups) = (words, groups)
    (bytes, steps, zeros) = (
      Storage(count: rows * words), Storage(count: rows * groups), Storage(count: rows * groups)
    )
    let (bytes, steps, zeros) = (bytes, steps, zeros)
    Compute.pool.forRanges(rows, minimum: 16) { range in
      unsafe Compute.kernels.roundToBytes(
        x.storage.base + range.lowerBound * width, stride: width, rows: range.count, width: width,
        groupWidth: ByteMatrix.groupWidth, into: (bytes.base + range.lowerBound * words).words,
        targetStride: words, steps: steps.base + range.lowerBound * groups,
        zeros: (zeros.base + range.lowerBound * groups).integers, scaleStride: groups)
    }
  }

  /// Where a row begins. Only while the rows live.
  @safe struct Place {
    fileprivate let bytes: UnsafePointer<UInt32>
    fileprivate let steps: UnsafePointer<Float>
    fileprivate let zeros: UnsafePointer<Int32>
  }

  func withPlace(of row: Int, _ body: (Place) -> Void) {
    unsafe body(
      Place(
        bytes: UnsafePointer(bytes.base).words + row * words,
        steps: UnsafePointer(steps.base) + row * groups,
        zeros: UnsafePointer(zeros.base.integers) + row * groups))
    withExtendedLifetime(self) {}
  }
}

extension UnsafeMutablePointer<Float> {
  /// The same place, for integers.
  fileprivate var integers: UnsafeMutablePointer<Int32> {
    unsafe UnsafeMutableRawPointer(self).assumingMemoryBound(to: Int32.self)
  }
}
