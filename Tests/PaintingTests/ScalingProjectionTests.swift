import Testing

@testable import Painting
@testable import Tensors

@Suite struct ScalingProjectionTests {
  /// Half a second alone, a second in ten loops on two threads, of which each costs 10 ms beside its work.
  private let share = OperationProfile.Share(
    calls: 1, seconds: 1.5, gigaOperations: 100, loops: 10, loopSeconds: 1, gigabytes: 4)

  @Test func sharedWorkIsDividedAndTheRestStays() {
    let projection = ScalingProjection(threads: 2, loopCost: 0.01, bandwidth: 1000)
    #expect(abs(projection.seconds(share, cores: 2) - 1.5) < 1e-9)
    #expect(abs(projection.seconds(share, cores: 8) - (0.5 + 0.1 + 0.9 / 4)) < 1e-9)
  }

  @Test func nothingIsFasterThanMemory() {
    let projection = ScalingProjection(threads: 2, loopCost: 0, bandwidth: 10)
    #expect(abs(projection.seconds(share, cores: 64) - (0.5 + 0.4)) < 1e-9)
    #expect(projection.seconds(share, cores: 1000) == projection.seconds(share, cores: 64))
  }
}
