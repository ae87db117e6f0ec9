import Foundation
import Images
import Networks
import Tensors
import Testing

@testable import Families

/// The first UNet evaluation of a full-size checkpoint against diffusers. Run by `make parity-full`, which makes the
/// reference with Tests/Reference/full_size_unet.py.
@Suite struct FullSizeTests {
  static let environment = ProcessInfo.processInfo.environment

  @Test(.enabled(if: environment["LIMN_FULL_MODEL"] != nil && environment["LIMN_FULL_REFERENCE"] != nil))
  func firstEvaluationAgreesWithDiffusers() throws {
    let catalog = ModelCatalog(environment: Self.environment, executable: "/")
    let name = try #require(Self.environment["LIMN_FULL_MODEL"])
    let model = try catalog.open(catalog.find(name))
    let latents = try #require(try read("latents"))
    let edge = Int(Double(latents.count / 4).squareRoot())
    let context = try #require(try read("context"))
    let added = try read("pooled").flatMap { pooled in
      try read("time_ids").map { AddedConditions(pooled: tensor(pooled, [1, pooled.count]), timeIDs: [$0]) }
    }
    let condition = CLIPCondition(
      TextContext(tensor(context, [1, 77, context.count / 77]), added: added), warnings: [])
    let size = PictureSize(width: 8 * edge, height: 8 * edge)
    let predictor = try model.family.predictor(condition, PredictorOptions(size: size))
    let result = try predictor.single(tensor(latents, [1, edge, edge, 4]), 981)
    let expected = try #require(try read("expected"))
    #expect(result.count == expected.count)
    let difference = zip(result.values, expected).map { abs($0 - $1) }.max() ?? .infinity
    let largest = expected.map(abs).max() ?? 0
    print("largest difference \(difference), largest value \(largest): \(difference / largest) relative")
    #expect(difference <= 1e-3 * largest)
  }

  private func tensor(_ values: [Float], _ shape: [Int]) -> Tensor { Tensor(shape: shape, values: values) }

  /// The values of a file; nil where the reference has none of that name.
  private func read(_ name: String) throws -> [Float]? {
    let folder = try #require(Self.environment["LIMN_FULL_REFERENCE"])
    let file = URL(fileURLWithPath: folder).appending(path: "\(name).bin")
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let data = try Data(contentsOf: file)
    return stride(from: 0, to: data.count, by: 4).map { place in
      Float(bitPattern: data[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
  }
}
