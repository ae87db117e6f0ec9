import KernelInterface
import Tensors
import Testing

/// One instruction set as an argument of tests.
struct KernelCase: Sendable, CustomTestStringConvertible {
  let kernels: any KernelSet.Type

  var testDescription: String { kernels.name }

  /// All that this processor runs.
  static let all = Compute.kernelSets.map(KernelCase.init)

  /// From nothing to two whole vectors of sixteen and a part.
  static let lengths = 0...2 * 16 + 3
}
