import Sampling

/// How a model that was distilled to few steps wants to be used, as its card says.
///
/// Its weights do not tell it from the model that it was made of, and a single file says nothing of schedulers: it is told by its name.
package struct FewSteps: Sendable, Equatable {
  package let steps: Int
  /// Below or at 1, as for most of them, nothing is guided.
  package let guidance: Double
  /// Nil where the checkpoint's own scheduler is the right one, as in folders, which bring theirs.
  package var sampler: SamplerName?
  package var spacing: TimestepSpacing?
  /// The timesteps that it was trained for, where they do not follow from steps and spacing.
  package var timesteps: [Int]?
  package var eta = 0.0

  /// The same with the checkpoint's own scheduler.
  var withOwnScheduler: FewSteps { FewSteps(steps: steps, guidance: guidance) }

  private init(steps: Int, guidance: Double = 0) {
    self.steps = steps
    self.guidance = guidance
  }

  /// - Parameter name: Of a folder or a file of Z-Image: `Z-Image-Turbo`. It was distilled to eight steps without guidance.
  init?(zImageNamed name: String) {
    guard name.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }).contains("turbo") else {
      return nil
    }
    self.init(steps: 8)
  }

  /// - Parameter name: Of a folder or a file, such as `sdxl_lightning_4step` or `stabilityai/sdxl-turbo`.
  package init?(named name: String) {
    let name = name.lowercased()
    let words = name.split { !$0.isLetter && !$0.isNumber }
    let wished = name.firstMatch(of: /(\d{1,2})[-_ ]?steps?/).flatMap { Int($0.1) }.flatMap {
      (1...16).contains($0) ? $0 : nil
    }
    if name.contains("lightning") {
      self.init(steps: wished ?? 4)
      (sampler, spacing) = (.euler, .trailing)
    } else if words.contains("hyper") || name.contains("hypersd") {
      self.init(steps: wished ?? 1, guidance: words.contains("cfg") ? 5 : 0)
      if steps == 1 {
        (sampler, timesteps) = (.lcm, [800])
      } else {
        (sampler, eta) = (.tcd, 1)
      }
    } else if words.contains("dmd2") {
      self.init(steps: 4)
      (sampler, timesteps) = (.lcm, [999, 749, 499, 249])
    } else if words.contains("lcm") {
      self.init(steps: wished ?? 4, guidance: 1)
      sampler = .lcm
    } else if words.contains("sdxs") {
      self.init(steps: 1)
      (sampler, spacing) = (.euler, .trailing)
    } else if words.contains("turbo") {
      // Stability's own; others that bear the name are mixtures that want a few more, lightly guided.
      let isOriginal = ["sd", "sdxl", "xl"].contains { words.contains($0) } && words.count <= 7
      self.init(steps: wished ?? (isOriginal ? 1 : 6), guidance: isOriginal ? 0 : 2)
      let isXL = words.contains("xl") || words.contains("sdxl")
      if isOriginal { (sampler, spacing) = (isXL ? .eulerAncestral : .euler, .trailing) }
    } else {
      return nil
    }
  }
}
