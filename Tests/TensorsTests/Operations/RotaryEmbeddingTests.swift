import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct RotaryEmbeddingTests {
  /// One axis and several, more rows than one thread takes. Angles are exact to float64, cosines and sines to float32.
  @Test(arguments: [([2], 1), ([8], 3), ([4, 6, 2], 5), ([32, 48, 48], 30)], [false, true])
  func axes(_ sizes: (widths: [Int], heads: Int), isInterleaved: Bool) {
    let width = sizes.widths.reduce(0, +)
    let (batch, tokens) = (2, 41)
    var random = SeededRandom(seed: UInt64(width))
    let places = (0..<tokens).map { token in sizes.widths.indices.map { axis in Double(token * (axis + 1) % 17) } }
    let table = RotaryTable(
      places: places, widths: sizes.widths, base: 256, pairs: isInterleaved ? .interleaved : .halves)
    let x = random.tensor([batch, tokens, sizes.heads * width], in: -2...2)
    // Which axis a pair belongs to, and which of that axis' pairs it is.
    let pairs = sizes.widths.enumerated().flatMap { axis, width in (0..<width / 2).map { (axis, $0, width) } }
    let expected = Twin.rotary(x.values, width: width, isInterleaved: isInterleaved) { vector, pair in
      let (axis, index, axisWidth) = pairs[pair]
      return places[vector / sizes.heads % tokens][axis] * pow(256, -2 * Double(index) / Double(axisWidth))
    }
    let found = x.rotated(by: table)
    #expect(found.shape == x.shape)
    expectClose(found.values, expected, absolute: 1e-6)
  }

  @Test func placeZeroTurnsNothing() {
    var random = SeededRandom(seed: 1)
    let x = random.tensor([1, 3, 8])
    let places = [[Double]](repeating: [0], count: 3)
    for pairs in [RotaryTable.Pairs.halves, .interleaved] {
      #expect(x.rotated(by: RotaryTable(places: places, widths: [4], base: 1e4, pairs: pairs)).values == x.values)
    }
  }
}
