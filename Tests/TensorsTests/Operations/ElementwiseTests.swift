import KernelInterface
import Tensors
import TestSupport
import Testing

@Suite struct ElementwiseTests {
  /// Sizes on both sides of what one thread takes.
  @Test(arguments: [[0], [1], [5, 7], [16_384], [16_385], [3, 40_001]]) func activated(shape: [Int]) {
    var random = SeededRandom(seed: 1)
    let x = random.tensor(shape, in: -6...6)
    for activation in Twin.activations {
      let found = x.activated(activation)
      #expect(found.shape == shape)
      let expected = x.values.map { Twin.activation(activation, Double($0)) }
      expectClose(found.values, expected, absolute: 3e-6, "\(activation)")
    }
  }

  @Test(arguments: [[0], [1], [5, 7], [16_385], [3, 40_001]]) func adding(shape: [Int]) {
    var random = SeededRandom(seed: 2)
    let (left, right) = (random.tensor(shape), random.tensor(shape))
    #expect(left.adding(right).values == zip(left.values, right.values).map { $0 + $1 })
  }

  @Test(arguments: [[2], [1, 6], [3, 5, 34], [70, 130]]) func gatedGELU(shape: [Int]) {
    var random = SeededRandom(seed: 3)
    let x = random.tensor(shape, in: -4...4)
    let doubled = shape[shape.count - 1]
    let values = x.values
    let expected = stride(from: 0, to: x.count, by: doubled).flatMap { row in
      (row..<row + doubled / 2).map { Double(values[$0]) * Twin.activation(.gelu, Double(values[$0 + doubled / 2])) }
    }
    let found = x.gatedGELU()
    #expect(found.shape == shape.dropLast() + [doubled / 2])
    expectClose(found.values, expected, absolute: 1e-5)
  }

  @Test(arguments: [[2], [1, 6], [3, 5, 34], [70, 1300]]) func gatedSiLU(shape: [Int]) {
    var random = SeededRandom(seed: 4)
    let x = random.tensor(shape, in: -4...4)
    let (doubled, width) = (shape[shape.count - 1], shape[shape.count - 1] / 2)
    let (values, rows) = (x.values, x.count / shape[shape.count - 1])
    func half(_ start: Int) -> Tensor {
      Tensor(
        shape: [rows, width], values: (0..<rows * width).map { values[$0 / width * doubled + start + $0 % width] })
    }
    let (gates, others) = (half(0), half(width))
    let expected = zip(gates.values, others.values).map { Twin.activation(.silu, Double($0)) * Double($1) }
    let found = x.gatedSiLU()
    #expect(found.shape == shape.dropLast() + [width])
    expectClose(found.values, expected, absolute: 3e-6)
    expectClose(gates.gatedSiLU(times: others).values, expected, absolute: 3e-6)
  }

  @Test func finiteness() {
    #expect(Tensor([1, -.greatestFiniteMagnitude, 0]).isFinite)
    #expect(!Tensor([1, .nan]).isFinite)
    #expect(!Tensor([-.infinity, 1]).isFinite)
  }
}
