/// The single-threaded inner loops, on raw rows of float32; the caller divides the work among threads.
///
/// Each instruction set has one type that conforms, compiled from the same sources (`Sources/Kernels`).
/// Pointers need no alignment beyond that of their elements. Unless said otherwise an output may be its input.
package protocol KernelSet: Sendable, SendableMetatype {
  /// The instruction set, as `LIMN_KERNELS` spells it.
  static var name: String { get }

  // MARK: Conversions

  /// IEEE binary16 bit patterns to float32: subnormals, infinities and NaNs included.
  static func widenHalf(_ source: UnsafePointer<UInt16>, into target: UnsafeMutablePointer<Float>, count: Int)
  /// bfloat16 bit patterns to float32.
  static func widenBrainFloat(_ source: UnsafePointer<UInt16>, into target: UnsafeMutablePointer<Float>, count: Int)

  /// `count` blocks to float32, the same to the last bit as `gguf.quants.dequantize` (numbers one by one: as torch converts them).
  static func widenBlocks(
    _ source: UnsafeRawPointer, of format: BlockFormat, into target: UnsafeMutablePointer<Float>, count: Int)

  // MARK: Element by element

  /// `target = left + right`
  static func add(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, count: Int)
  /// `target = activation(source)`
  static func activate(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, count: Int, activation: Activation)
  /// What follows a matrix product, in place: for each of `rows` rows of `width` values, `stride` apart,
  /// `x = activation(x + bias) * scale + residual`. Bias, scale and residual may be nil; the residual has the same stride.
  static func finishRows(
    _ values: UnsafeMutablePointer<Float>, rows: Int, width: Int, stride: Int, bias: UnsafePointer<Float>?,
    activation: Activation, scale: UnsafePointer<Float>?, residual: UnsafePointer<Float>?)
  /// Gated GELU: rows of `2 * width` values become rows of `width`, `stride` apart: `first half * gelu(second half)`. Not in
  /// place.
  static func gatedGELU(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, rows: Int, width: Int, stride: Int)
  /// `target = silu(gate) * value` over `rows` rows of `width` values: those of gate and value lie `sourceStride` apart, those of
  /// the target `targetStride`. The target may be either where the distances are the same.
  static func gatedSiLU(
    _ gate: UnsafePointer<Float>, _ value: UnsafePointer<Float>, sourceStride: Int,
    into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int, width: Int)

  // MARK: Products with packed matrices

  /// Whether these products are faster than OpenBLAS's, which chooses its own instructions.
  static var outrunsBLAS: Bool { get }
  /// Columns of a whole panel; a matrix's last panel is as wide as the columns left, rounded up to 16.
  static var panelWidth: Int { get }
  /// Packs a `depth x columns` matrix into panels, each of `depth` rows of its width, padded with zeros.
  static func packPanels(
    _ source: UnsafePointer<Float>, columnStride: Int, depthStride: Int, columns: Int, depth: Int,
    into target: UnsafeMutablePointer<Float>)
  /// ``packPanels(_:columnStride:depthStride:columns:depth:into:)`` of 16-bit numbers of any kind.
  static func packHalfPanels(
    _ source: UnsafePointer<UInt16>, columnStride: Int, depthStride: Int, columns: Int, depth: Int,
    into target: UnsafeMutablePointer<UInt16>)
  /// Sixteen columns of a panel from sixteen rows, `sourceStride` apart, of `channels` times `taps` values: value
  /// `channel * taps + tap` of each row goes to line `tap * tapLines + channel` of the panel, whose lines are `width` apart.
  static func transposeIntoPanel(
    _ source: UnsafePointer<Float>, sourceStride: Int, channels: Int, taps: Int, tapLines: Int,
    into target: UnsafeMutablePointer<Float>, width: Int)
  /// `target = left * right`, or `target += left * right` when `accumulating`, over the part `depthRange` of the depth.
  /// `left` points to that part's first value; `panels` to the whole panels, each `panelDepth` deep.
  static func multiplyPanels(
    _ left: UnsafePointer<Float>, leftStride: Int, _ panels: UnsafePointer<Float>, panelDepth: Int,
    depthRange: Range<Int>, columns: Int, into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int,
    accumulating: Bool)

  // MARK: Products of bfloat16 with float32 sums
  //
  // Two neighbours of the depth share a word of 32 bits, the first in its low half, as the processor's own instructions want
  // them; an odd depth ends with a zero.

  /// Whether the processor has such products: they are slow otherwise.
  static var hasPairProducts: Bool { get }
  /// Rows of `width` values, rounded to the nearest bfloat16 (ties to even), as rows of `targetStride` words at least
  /// `(width + 1) / 2`; what is left of a target's row is not written.
  static func roundToPairs(
    _ source: UnsafePointer<Float>, stride: Int, rows: Int, width: Int, into target: UnsafeMutablePointer<UInt32>,
    targetStride: Int)
  /// A panel of `depth` rows of `width` values, a multiple of 16, rounded and paired: `(depth + 1) / 2` rows of `width` words.
  static func pairPanel(
    _ source: UnsafePointer<Float>, depth: Int, width: Int, into target: UnsafeMutablePointer<UInt32>)
  /// ``multiplyPanels(_:leftStride:_:panelDepth:depthRange:columns:into:targetStride:rows:accumulating:)`` of pairs: strides and depths
  /// count words.
  static func multiplyPairPanels(
    _ left: UnsafePointer<UInt32>, leftStride: Int, _ panels: UnsafePointer<UInt32>, panelDepth: Int,
    depthRange: Range<Int>, columns: Int, into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int,
    accumulating: Bool)

  // MARK: Products of bytes with float32 sums
  //
  // Four neighbours of the depth share a word of 32 bits, the first in its lowest byte: 0...254 on the left, -127...127 on the right. What is
  // left of a last word is zero on the right and anything on the left. Integers' sums are exact and everything else is one rounding
  // after another, so that all sets of kernels give the same bits.

  /// Whether the processor has such products: they are no quicker than float32's otherwise.
  static var hasByteProducts: Bool { get }
  /// Rows of `width` values as rows of `targetStride` words, at least `(width + 3) / 4`. In each group of `groupWidth`, a multiple of 16,
  /// the nearest of 255 steps from a row's least value to its greatest, 0 between them. Writes the groups' steps and the bytes that
  /// stand for 0, one after the other; the next row's lie `scaleStride` further on.
  static func roundToBytes(
    _ source: UnsafePointer<Float>, stride: Int, rows: Int, width: Int, groupWidth: Int,
    into target: UnsafeMutablePointer<UInt32>, targetStride: Int, steps: UnsafeMutablePointer<Float>,
    zeros: UnsafeMutablePointer<Int32>, scaleStride: Int)
  /// `width` values as `(width + 3) / 4` words of signed bytes, the greatest magnitude being 127 steps.
  ///
  /// - Returns: The step, and the sum of the bytes.
  static func roundToSignedBytes(
    _ source: UnsafePointer<Float>, width: Int, into target: UnsafeMutablePointer<UInt32>
  ) -> (step: Float, sum: Int32)
  /// ``multiplyPanels(_:leftStride:_:panelDepth:depthRange:columns:into:targetStride:rows:accumulating:)`` of bytes: strides and depths
  /// count words. The scales are those from the range's first group on, with which it begins; a group has at most 65,536 bytes.
  static func multiplyBytePanels(
    _ left: UnsafePointer<UInt32>, leftStride: Int, _ panels: UnsafePointer<UInt32>, panelDepth: Int,
    depthRange: Range<Int>, columns: Int, scales: ByteScales, into target: UnsafeMutablePointer<Float>,
    targetStride: Int, rows: Int, accumulating: Bool)

  // MARK: Winograd's convolution, F(4x4, 3x3)
  //
  // The transforms of tiles leave columns done and rows to do in `halfway`, room for 36 vectors of 16: in memory, since of an array
  // of vectors the compiler shuffles the parts among registers.

  /// `count` 3x3 windows transformed: value (i, j) of each goes to plane `6 i + j` of `target`. Value (i, j) of the
  /// windows lies `3 i + j` times `tapStride` from `source`, one window after the other.
  static func winogradWeights(
    _ source: UnsafePointer<Float>, tapStride: Int, count: Int, into target: UnsafeMutablePointer<Float>,
    planeStride: Int)
  /// The 6x6 pixels from (`top`, `left`), zeros outside the picture, transformed: value (i, j) of each channel goes to
  /// plane `6 i + j` of `target`. Pixels lie `pixelStride` apart.
  static func winogradInput(
    _ source: UnsafePointer<Float>, rows: Int, columns: Int, pixelStride: Int, channels: Int, top: Int, left: Int,
    into target: UnsafeMutablePointer<Float>, planeStride: Int, halfway: UnsafeMutablePointer<Float>)
  /// ``winogradInput(_:rows:columns:pixelStride:channels:top:left:into:planeStride:halfway:)`` of a map whose every pixel
  /// counts as a square of four: reads 4x4 pixels from (`top`, `left`) of the map as it lies, the first of them the second half of
  /// its square. Planes with i = 2 or j = 2 are zeros then, and are not written.
  static func winogradDoubledInput(
    _ source: UnsafePointer<Float>, rows: Int, columns: Int, pixelStride: Int, channels: Int, top: Int, left: Int,
    into target: UnsafeMutablePointer<Float>, planeStride: Int, halfway: UnsafeMutablePointer<Float>)
  /// 36 planes back to a block of `height x width` (at most 4x4) pixels.
  static func winogradOutput(
    _ source: UnsafePointer<Float>, planeStride: Int, channels: Int, into target: UnsafeMutablePointer<Float>,
    columnStride: Int, rowStride: Int, height: Int, width: Int, halfway: UnsafeMutablePointer<Float>)

  // MARK: Normalisation

  /// Mean and sum of squared deviations of each of `channels` columns over `rows` rows (two passes, so that a large
  /// mean costs no accuracy).
  static func columnMoments(
    _ source: UnsafePointer<Float>, rows: Int, channels: Int, means: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>)
  /// `target = activation(source * scale + shift)` with one scale and shift a column.
  static func scaleColumns(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, rows: Int, channels: Int,
    scale: UnsafePointer<Float>, shift: UnsafePointer<Float>, activation: Activation)
  /// Each row brought to mean 0 and variance 1 (plus `epsilon`), then `* scale + shift` where given.
  static func layerNormalise(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, rows: Int, channels: Int,
    scale: UnsafePointer<Float>?, shift: UnsafePointer<Float>?, epsilon: Float)
  /// Each row divided by the root of its mean square (plus `epsilon`), then `* scale` where given.
  static func rootMeanSquareNormalise(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, rows: Int, channels: Int,
    scale: UnsafePointer<Float>?, epsilon: Float)

  // MARK: Attention

  /// Rotary embedding of `heads` vectors of `width` values of one token, one after the other: pair i turns by an angle whose
  /// cosine and sine are given, `(a, b)` to `(a cos - b sin, b cos + a sin)`. Pair i is values 2 i and 2 i + 1 when
  /// `interleaved`, values i and `width / 2 + i` otherwise.
  static func rotatePairs(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, heads: Int, width: Int,
    cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>, interleaved: Bool)

  /// One step of a running softmax of columns, `rows` rows of `width` scores, a multiple of 16. Each score x becomes
  /// `exp(scale * (x - largest))`, where its column's `largest` is brought up to date first; `sums`, and where there are any the
  /// unfinished `results` (`resultRows` rows of `width`), are scaled to it before the column's total joins its sum.
  static func advanceSoftmax(
    _ scores: UnsafeMutablePointer<Float>, rows: Int, width: Int, scale: Float, largest: UnsafeMutablePointer<Float>,
    sums: UnsafeMutablePointer<Float>, results: UnsafeMutablePointer<Float>?, resultRows: Int)
  /// Divides the first `columns` columns of `rows` rows, each by its own divisor, and writes them as rows. Both `width`, the rows'
  /// distance, and the divisors' number are multiples of 16; the values are changed.
  static func divideColumns(
    _ values: UnsafeMutablePointer<Float>, rows: Int, width: Int, divisors: UnsafePointer<Float>, columns: Int,
    transposedInto target: UnsafeMutablePointer<Float>, targetStride: Int)
}

extension KernelSet {
  /// The width of a panel that holds `columns` columns, at most ``panelWidth``.
  package static func paddedWidth(_ columns: Int) -> Int { (columns + 15) / 16 * 16 }
}

/// A function applied to single values. The raw values are the names in checkpoints' configurations.
package enum Activation: String, Sendable, Equatable {
  case none = "linear"
  /// `x * sigmoid(x)`
  case silu = "silu"
  /// `x * Phi(x)`, exact to float32.
  case gelu = "gelu"
  /// Hendrycks and Gimpel's tanh approximation.
  case geluTanh = "gelu_new"
  /// `x * sigmoid(1.702 x)`, as OpenAI's CLIP.
  case quickGELU = "quick_gelu"
  case relu = "relu"
  /// Negative values times 0.2, the slope of ESRGAN's networks.
  case leakyReLU = "lrelu"
  /// `relu` that goes no higher than 6.
  case relu6 = "relu6"
}
