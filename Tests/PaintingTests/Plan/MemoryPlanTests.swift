import Families
import Images
import Painting
import System
import Tensors
import Testing

@Suite struct MemoryPlanTests {
  private let model: Model

  init() throws { model = try Fixtures.model("sd1") }

  private static let plenty = MemoryLimit(wished: 1 << 40)

  private func work(_ width: Int, _ height: Int? = nil, isGuided: Bool = true, isFinished: Bool = false)
    -> MemoryPlan.Work
  {
    let size = PictureSize(width: width, height: height ?? width)
    return MemoryPlan.Work(
      size: SizePlan(painted: size, written: size), isGuided: isGuided, isFinished: isFinished)
  }

  private func bytes(_ work: MemoryPlan.Work, paintsSeveral: Bool = false, encodesAhead: Bool = false) throws -> Int {
    try MemoryPlan(model, work, paintsSeveral: paintsSeveral, encodesAhead: encodesAhead, limit: Self.plenty)
      .predictedBytes
  }

  @Test func largerPicturesTakeMore() throws {
    let edges = [64, 128, 192, 256, 384, 512, 768, 1024, 2048]
    let predictions = try edges.map { try bytes(work($0)) }
    for (smaller, larger) in zip(predictions, predictions.dropFirst()) { #expect(smaller <= larger) }
    #expect(predictions[0] < predictions[8])
    for (smaller, larger) in [(512, 576), (1024, 1088)] {
      #expect(try bytes(work(smaller, 512)) < bytes(work(larger, 512)))
    }
  }

  @Test func guidanceAndFinishesTakeNoLess() throws {
    for edge in [64, 512, 1024] {
      #expect(try bytes(work(edge)) >= bytes(work(edge, isGuided: false)))
      #expect(try bytes(work(edge, isFinished: true)) >= bytes(work(edge)))
    }
  }

  /// The denoiser in eight bits takes less than as it lies in the file.
  @Test func eightBitsTakeLess() throws {
    let size = SizePlan(painted: PictureSize(width: 64, height: 64), written: PictureSize(width: 64, height: 64))
    func denoiser(_ precision: Precision) throws -> StageBytes {
      try model.family.bytes(
        size, isGuided: true, references: [], precision: precision, controls: [], pictures: [])
    }
    let (stored, rounded) = try (denoiser(.bfloat16), denoiser(.int8))
    guard Compute.kernels.outrunsBLAS else { return }
    #expect(rounded.denoiser < stored.denoiser && rounded.text == stored.text && rounded.sampling == stored.sampling)
  }

  /// Between two passes the denoiser waits while the picture is decoded and encoded.
  @Test func secondPassesTakeMore() throws {
    var later = work(1024)
    let alone = try bytes(later)
    later.firstPass = PictureSize(width: 512, height: 512)
    later.staysLatent = true
    #expect(try bytes(later) == alone)
    later.staysLatent = false
    #expect(try bytes(later) > alone)
    // The larger pass decides.
    #expect(try bytes(work(512)) < alone)
  }

  @Test func sizesOfSecondPassesComeBack() {
    for width in stride(from: 64, through: 2048, by: 8) {
      for factor in [1.01, 1.1, 1.25, 1.3, 1.5, 1.77, 2, 2.5, 3.99, 4] {
        let size = PictureSize(width: width, height: 64)
        #expect(size.enlarged(hires: factor).before(hires: factor) == size)
      }
    }
  }

  @Test func withPlentyAPictureIsDecodedAtOnce() throws {
    let plan = try MemoryPlan(model, work(1024), limit: Self.plenty)
    #expect(plan.tileEdge == nil && plan.keptWeights == nil && !plan.keepsModel)
  }

  @Test func whereMemoryIsShortTheAutoencoderWorksInTiles() throws {
    let work = work(2048)
    var limit = try bytes(work)
    var edges: [Int] = []
    while let plan = try? MemoryPlan(model, work, limit: MemoryLimit(wished: limit - 1)) {
      #expect(plan.predictedBytes < limit)
      guard let edge = plan.tileEdge, plan.keptWeights == nil else { break }
      edges.append(edge)
      limit = plan.predictedBytes
    }
    #expect(!edges.isEmpty && edges == edges.sorted(by: >) && Set(edges).count == edges.count)
  }

  @Test func whatCannotBePaintedIsToldWithItsNumbers() throws {
    let limit = MemoryLimit(wished: 30 << 20)
    let error = try #require(throws: UserError.self) { try MemoryPlan(model, work(512), limit: limit) }
    guard case .resources(let sentence) = error else {
      Issue.record("\(error)")
      return
    }
    let parts = try #require(
      sentence.wholeMatch(
        of:
          /Painting 512x512 pixels with sd1 takes at least (.+), more than the 30 MB of `max-memory`; a smaller picture takes less\./
      ))
    // So much is enough.
    let needed = try #require(ByteCount(parsing: String(parts.1)))
    #expect(try MemoryPlan(model, work(512), limit: MemoryLimit(wished: needed.bytes)).predictedBytes <= needed.bytes)
  }

  @Test func networksStayWhereThereIsRoom() throws {
    let work = work(64)
    let several = try MemoryPlan(model, work, paintsSeveral: true, limit: Self.plenty)
    #expect(several.keepsModel)
    let one = try MemoryPlan(model, work, limit: Self.plenty)
    #expect(!one.keepsModel && one.predictedBytes <= several.predictedBytes)
    let short = try MemoryPlan(
      model, work, paintsSeveral: true, limit: MemoryLimit(wished: several.predictedBytes - 1))
    #expect(!short.keepsModel && short.predictedBytes < several.predictedBytes)
  }

  @Test func encodingAheadTakesItsPart() throws {
    for edge in [64, 512] {
      let (ahead, alone) = try (
        bytes(work(edge), paintsSeveral: true, encodesAhead: true), bytes(work(edge), paintsSeveral: true)
      )
      #expect(ahead > alone)
    }
  }

  @Test func weightsAreReadAgainWhereTheyDoNotFit() throws {
    let work = work(64)
    let whole = try bytes(work)
    let largest = try model.family.bytes(work.size, isGuided: true, references: [])
      .largestWeight
    #expect((largest ?? 0) > 0)
    let plan = try MemoryPlan(model, work, limit: MemoryLimit(wished: whole - 1))
    #expect((plan.keptWeights ?? -1) >= 0 && plan.predictedBytes < whole)
  }

  @Test func limitsSayWhereTheyComeFrom() {
    let limit = MemoryLimit(wished: 2 << 30)
    #expect(limit.bytes == 2 << 30 && limit.reason == "the 2.0 GB of `max-memory`")
    let rest = limit.leaving(512 << 20, for: "the reference picture")
    #expect(rest.bytes == 3 << 29)
    #expect(rest.reason == "the 1.5 GB that the reference picture leaves of the 2.0 GB of `max-memory`")
    #expect(limit.leaving(3 << 30, for: "x").bytes == 0)
    #expect(limit.share(ofOneIn: 1).bytes == limit.bytes)
    let share = limit.share(ofOneIn: 4)
    #expect(share.bytes == 512 << 20 && share.reason == "a share of 1 in 4 of the 2.0 GB of `max-memory`")
  }
}
