import Tensors
import Testing

@Suite struct ComputeTests {
  @Test func kernelSetsHaveNamesOfTheirOwn() {
    let names = Compute.kernelSets.map { $0.name }
    #expect(names.first == "baseline")
    #expect(Set(names).count == names.count)
    #expect(names.contains(Compute.kernels.name))
  }

  @Test func thereIsAProcessor() {
    #expect(Compute.pool.threadCount >= 1)
  }
}
