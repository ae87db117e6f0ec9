import Foundation
import Testing

/// The model that limn comes with; skipped where the checkout has none.
@Suite struct BundledModelTests {
  static let isThere = FileManager.default.fileExists(
    atPath: TestFolder.weights.appending(path: "default/model_index.json").path)

  @Test(.enabled(if: isThere, "weights/default is not there"))
  func aRedAppleIsPaintedInSecondsAndAlwaysTheSame() throws {
    let folder = try TestFolder(bundled: TestFolder.weights.appending(path: "default"))
    let clock = ContinuousClock()
    let start = clock.now
    let first = try limn("a red apple", "--seed", "1", "-o", "-", in: folder)
    #expect(clock.now - start < .seconds(10))
    #expect(first.status == 0)
    expectPNG(first.outputBytes, 128, 128)
    #expect(try limn("a red apple", "--seed", "1", "-o", "-", in: folder).outputBytes == first.outputBytes)
  }
}
