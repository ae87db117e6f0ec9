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
  /// Gated GELU: rows of `2 * width` values become rows of `width`: `first half * gelu(second half)`. Not in place.
  static func gatedGELU(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, rows: Int, width: Int)

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

  // MARK: Attention

  /// Each row becomes `exp(scale * x - largest)`, in place, over its first `width` values; `sums` gets the rows' totals.
  static func exponentiateRows(
    _ values: UnsafeMutablePointer<Float>, rows: Int, width: Int, stride: Int, scale: Float,
    sums: UnsafeMutablePointer<Float>)
  /// Each of `rows` rows of `width` values, `stride` apart, divided by its own `divisors` entry, in place.
  static func divideRows(
    _ values: UnsafeMutablePointer<Float>, rows: Int, width: Int, stride: Int, divisors: UnsafePointer<Float>)
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
}
