import Families
import Images
import Networks
import Sampling
import System
import Tensors

extension Painter {
  /// A part's final latents, `[1, height, width, channels]`.
  ///
  /// - Parameter shownAs: What a preview shows of unfinished latents: the picture of which they are a part.
  func sample(
    _ pass: Pass, _ condition: any Condition, _ order: Order, _ timings: inout StageTimings,
    shownAs whole: @escaping (Tensor) -> Tensor, _ progress: (Progress) throws -> Void
  ) throws -> Tensor {
    try progress(.loading)
    let (part, sampler) = (pass.part, pass.sampler)
    var options = PredictorOptions(
      size: part.size, guidance: order.guidanceScale, deepCache: order.settings.deepCache,
      keptWeights: memory?.keptWeights, precision: order.precision)
    if model.family.referenceUse == .subject {
      options.references = order.references
      options.tileEdge = memory?.tileEdge
    }
    let count = sampler.timesteps.count
    options.controls = order.controls(size: part.size)
    options.controlMode = order.settings.controlMode
    options.evaluations = count
    options.pictures = order.followed
    options.style = try timings.measure(\.load) { try attendedStyle(order, pass) }
    let predictor = try timings.measure(\.load) { try model.family.predictor(condition, options) }
    let autoencoder = try timings.measure(\.load) { try model.family.autoencoder(order.precision.besideBytes) }
    let preview = Preview(model, autoencoder, isShown: !isChecked(order)) {
      // An unfinished picture is seen too.
      let finding = try? order.prompt.finding($0, by: order.tools.filter)
      return finding?.isUnsafe == true ? $0.unrecognisable : $0
    }
    return try timings.measure(\.sample) {
      var random = order.settings.rng.source(seed: order.seed ^ part.seedMask)
      let start = try start(pass, order, autoencoder, &random)
      let denoise = order.guidance.applied(
        to: start.channels.map(predictor.beside) ?? predictor, isOn: order.isGuided, evaluations: count)
      try progress(.sampling(done: 0, total: count, preview: { nil }))
      return try sampler.sample(from: start.latents, random: &random, keeping: start.kept, denoise: denoise) { step in
        guard step.latents.isFinite else {
          throw UserError.input(
            "\(model.name): its denoiser made NaN values at step \(step.index + 1) of \(step.count): its weights are damaged, or the guidance of \(order.guidanceScale) is too strong for it."
          )
        }
        try progress(
          .sampling(done: step.index + 1, total: step.count) { preview(whole(step.predictedClean ?? step.latents)) })
      }
    }
  }
}
