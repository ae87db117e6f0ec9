import Foundation
import Generation
import Networks
import Tensors
import Testing

/// The first UNet evaluation of a full-size checkpoint against diffusers. Run by `make parity-full`, which makes the
/// reference with Tests/Reference/full_size_unet.py.
@Suite struct FullSizeTests {
  static let environment = ProcessInfo.processInfo.environment

  @Test(.enabled(if: environment["LIMN_FULL_MODEL"] != nil && environment["LIMN_FULL_REFERENCE"] != nil))
  func firstEvaluationAgreesWithDiffusers() throws {
    let model = try #require(Self.environment["LIMN_FULL_MODEL"])
    let catalog = ModelCatalog(environment: Self.environment, executable: "/")
    let unet = try catalog.open(catalog.find(model)).denoiser()
    let context = try read("context", [1, 77, unet.contextChannels])
    let result = unet(
      try read("latents", [1, 64, 64, 4]), timestep: 981, context: TextContext(context), guidance: 1)
    let expected = try read("expected", [1, 64, 64, 4])
    let difference = zip(result.values, expected.values).map { abs($0 - $1) }.max() ?? .infinity
    let largest = expected.values.map(abs).max() ?? 0
    print("largest difference \(difference), largest value \(largest): \(difference / largest) relative")
    #expect(difference <= 1e-3 * largest)
  }

  private func read(_ name: String, _ shape: [Int]) throws -> Tensor {
    let folder = try #require(Self.environment["LIMN_FULL_REFERENCE"])
    let data = try Data(contentsOf: URL(fileURLWithPath: folder).appending(path: "\(name).bin"))
    let values = stride(from: 0, to: data.count, by: 4).map { place in
      Float(bitPattern: data[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
    return Tensor(shape: shape, values: values)
  }
}
