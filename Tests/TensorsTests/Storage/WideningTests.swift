import Tensors
import TestSupport
import Testing

@Suite struct WideningTests {
  @Test(arguments: [0, 1, 2, 3, 4, 64]) func everyAlignment(offset: Int) {
    var random = SeededRandom(seed: 1)
    let tensor = random.tensor([3, 11])
    let patterns = ConversionTests.allPatterns[13_000..<13_033].map { $0 }
    #expect(StoredTensor(tensor, offset: offset).widened().values == tensor.values)
    #expect(
      StoredTensor(shape: [3, 11], .float16, patterns: patterns, offset: offset).widened().values
        == patterns.map { Float(ConversionTests.half($0)) })
    #expect(
      StoredTensor(shape: [33], .bfloat16, patterns: patterns, offset: offset).widened().values
        == patterns.map { Float(bitPattern: UInt32($0) << 16) })
  }

  /// More than one thread's share, all patterns twice.
  @Test func everyHalf() {
    let patterns = ConversionTests.allPatterns + ConversionTests.allPatterns.reversed()
    let found = StoredTensor(shape: [2, 256, 256], .float16, patterns: patterns, offset: 1).widened().values
    let expected = patterns.map { Float(ConversionTests.half($0)) }
    #expect(zip(found, expected).allSatisfy { $0.isNaN ? $1.isNaN : $0.bitPattern == $1.bitPattern })
  }

  @Test(arguments: [ElementType.float32, .float16, .bfloat16, .blocks(.q4K), .blocks(.float64)]) func nothing(
    type: ElementType
  ) {
    let stored = StoredTensor(shape: [0, 4], elementType: type, bytes: StoredBytes([]).shared)
    #expect(stored.widened().shape == [0, 4] && stored.widened().values == [])
  }

  /// Aligned float32 is a view of the file; whoever changes the tensor changes a copy.
  @Test func viewsAreNeverWritten() {
    let stored = StoredTensor(Tensor([1, 2, 3]))
    var view = stored.widened()  // the only tensor on this storage, so that uniqueness alone would allow writing
    unsafe view.withMutableBuffer { unsafe $0[1] = 20 }
    #expect(view.values == [1, 20, 3])
    #expect(stored.widened().values == [1, 2, 3])
  }

  /// The bytes outlive the checkpoint that held them as long as a view of them does.
  @Test func viewsKeepTheirBytesAlive() {
    final class Flag { var isAlive = true }
    final class Owner {
      let block: StoredBytes
      let flag: Flag
      init(_ block: StoredBytes, _ flag: Flag) { (self.block, self.flag) = (block, flag) }
      deinit { flag.isAlive = false }
    }
    let flag = Flag()
    func view() -> Tensor {
      let block = StoredBytes([0, 0, 128, 63])
      let shared = unsafe block.shared.withBytes { unsafe SharedBytes($0, owner: Owner(block, flag)) }
      return StoredTensor(shape: [1], elementType: .float32, bytes: shared).widened()
    }
    do {
      let tensor = view()
      #expect(flag.isAlive && tensor.values == [1])
    }
    #expect(!flag.isAlive)
  }
}
