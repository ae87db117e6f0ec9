/// Whose random numbers a seed stands for.
package enum RandomKind: String, Sendable, CaseIterable {
  /// torch's generator on the CPU, as diffusers uses it.
  case torch
  /// CUDA's, as A1111 and stable-diffusion.cpp use it.
  case cuda
}

/// Timesteps in the order in which they are visited.
package struct TimestepList: Sendable, Equatable {
  package let values: [Int]

  package init(_ values: [Int]) { self.values = values }
}
