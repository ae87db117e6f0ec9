import KernelInterface

/// How a checkpoint writes numbers: each on its own in a form that kernels compute with or widen on the fly, or in blocks.
package enum ElementType: Sendable, Equatable {
  case float32
  case float16
  case bfloat16
  case blocks(BlockFormat)

  /// Nil where nothing of that name is computed with.
  package init?(named name: String) {
    switch name {
    case "F32": self = .float32
    case "F16": self = .float16
    case "BF16": self = .bfloat16
    default:
      guard let format = BlockFormat(rawValue: name) else { return nil }
      self = .blocks(format)
    }
  }

  /// As files name it.
  package var name: String {
    switch self {
    case .float32: "F32"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .blocks(let format): format.rawValue
    }
  }

  /// Numbers a block; 1 where each is written on its own.
  package var blockValues: Int { if case .blocks(let format) = self { format.values } else { 1 } }

  /// Bytes a block.
  package var blockBytes: Int {
    switch self {
    case .float32: 4
    case .float16, .bfloat16: 2
    case .blocks(let format): format.bytes
    }
  }

  /// Bytes of `count` numbers; nil where that is no whole number of blocks.
  package func bytes(for count: Int) -> Int? {
    count.isMultiple(of: blockValues) ? count / blockValues * blockBytes : nil
  }

  /// Whether it is a float of 8 bits, whose range wants a scale beside it.
  package var isFloat8: Bool { self == .blocks(.float8E4M3) || self == .blocks(.float8E5M2) }

  /// What alignment its bytes want where they are read as they lie.
  var alignment: Int { if case .blocks = self { 1 } else { blockBytes } }

  /// Whether a matrix of it stays as the file has it, to be widened whenever it is read. Double precision would take more room than
  /// float32.
  var staysInBlocks: Bool { if case .blocks(let format) = self { format != .float64 } else { false } }
}
