import Families

/// Whose random numbers a seed stands for.
package enum RandomKind: String, Sendable, CaseIterable {
  /// torch's generator on the CPU, as diffusers uses it.
  case torch
  /// CUDA's, as A1111 and stable-diffusion.cpp use it.
  case cuda
}

/// LoRAs in the order in which they change the model.
package struct AdapterList: Sendable, Equatable {
  package var wishes: [AdapterWish] = []

  package init(_ wishes: [AdapterWish] = []) { self.wishes = wishes }
}

/// Timesteps in the order in which they are visited.
package struct TimestepList: Sendable, Equatable {
  package let values: [Int]

  package init(_ values: [Int]) { self.values = values }
}
