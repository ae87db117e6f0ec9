/// The single-threaded inner loops, on raw rows of float32; the caller divides the work among threads.
/// Each instruction set has one type that conforms, compiled from the same sources.
package protocol KernelSet {
  /// The instruction set, as `LIMN_KERNELS` spells it.
  static var name: String { get }
}
