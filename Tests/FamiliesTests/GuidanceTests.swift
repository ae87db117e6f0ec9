import Families
import Tensors
import Testing

@Suite struct GuidanceTests {
  /// What a denoiser predicts without and with the prompt, `[1, 1, 1, 4]`.
  private static let without: [Float] = [1, 1, 1, 1]
  private static let with: [Float] = [0, 2, 4, 6]

  /// Predictions of so many evaluations, each as what a sampler was handed, and which of them were of two.
  private func predictions(
    _ guidance: Guidance, isOn: Bool = true, evaluations: Int
  ) throws -> (values: [[Float]], pairs: [Bool], begun: [Int]) {
    var pairs: [Bool] = []
    var begun: [Int] = []
    let predictor = Predictor(
      single: { _, _ in
        pairs.append(false)
        return Tensor(shape: [1, 1, 1, 4], values: Self.with)
      },
      pair: { _, _ in
        pairs.append(true)
        return Tensor(shape: [2, 1, 1, 4], values: Self.without + Self.with)
      },
      begin: { begun.append($0) })
    let predict = guidance.applied(to: predictor, isOn: isOn, evaluations: evaluations)
    let latents = Tensor(shape: [1, 1, 1, 4])
    let values = try (0..<evaluations).map { _ in try predict(latents, 500).values }
    return (values, pairs, begun)
  }

  @Test func guidanceLeadsAwayFromNoPrompt() throws {
    // 1 + 3 (with - 1)
    let found = try predictions(Guidance(scale: 3), evaluations: 2)
    #expect(found.values == [[-2, 4, 10, 16], [-2, 4, 10, 16]])
    #expect(found.pairs == [true, true] && found.begun == [0, 1])
  }

  @Test func withoutGuidanceThePromptAloneIsRead() throws {
    let found = try predictions(Guidance(scale: 3, rescale: 1), isOn: false, evaluations: 3)
    #expect(found.values == Array(repeating: Self.with, count: 3))
    #expect(found.pairs == [false, false, false] && found.begun == [0, 1, 2])
  }

  @Test(
    "the first share is guided, rounded up",
    arguments: [(1, 5), (0.8, 4), (0.5, 3), (0.01, 1), (0, 0)] as [(Double, Int)])
  func end(_ end: Double, _ guided: Int) throws {
    let found = try predictions(Guidance(scale: 3, end: end), evaluations: 5)
    #expect(found.pairs == (0..<5).map { $0 < guided } && found.begun == Array(0..<5))
    #expect(found.values.map { $0 == Self.with } == (0..<5).map { $0 >= guided })
  }

  /// By hand: [0, 2, 4, 6] deviates by the root of 20/3, [-2, 4, 10, 16] by three times that; half way back to the spread
  /// with the prompt is a factor of 0.5 / 3 + 0.5 = 2/3.
  @Test func rescalingBringsTheSpreadBack() throws {
    let half = try predictions(Guidance(scale: 3, rescale: 0.5), evaluations: 1).values[0]
    for (value, expected) in zip(half, [-4.0 / 3, 8.0 / 3, 20.0 / 3, 32.0 / 3]) {
      #expect(abs(Double(value) - expected) < 1e-5)
    }
    let whole = try predictions(Guidance(scale: 3, rescale: 1), evaluations: 1).values[0]
    for (value, expected) in zip(whole, [-2.0 / 3, 4.0 / 3, 10.0 / 3, 16.0 / 3]) {
      #expect(abs(Double(value) - expected) < 1e-5)
    }
  }
}
