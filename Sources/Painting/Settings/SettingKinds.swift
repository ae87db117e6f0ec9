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

/// Paths of pictures in the order in which a prompt counts them; `-` is standard input.
package struct ReferenceList: Sendable, Equatable {
  package var paths: [String]

  package init(_ paths: [String] = []) { self.paths = paths }

  package var isEmpty: Bool { paths.isEmpty }

  /// Between paths where they stand in one text: the one sign of ASCII that is for this, and that no path has.
  package static let separator = "\u{1F}"
  /// More pictures than any model was trained for.
  package static let most = 16
}

/// Names or files, in an order.
package struct NameList: Sendable, Equatable {
  package var names: [String] = []

  package init(_ names: [String] = []) { self.names = names }
}

/// Timesteps in the order in which they are visited.
package struct TimestepList: Sendable, Equatable {
  package let values: [Int]

  package init(_ values: [Int]) { self.values = values }
}
