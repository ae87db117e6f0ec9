import Tensors

/// What both DPM-Solver classes make of the denoiser's output.
struct DPMSolverConversion: Sendable {
  let algorithm: DPMSolverAlgorithm
  let predictionType: PredictionType
  let limit: CleanSampleLimit

  init(_ settings: SchedulerSettings, algorithms: [DPMSolverAlgorithm] = DPMSolverAlgorithm.allCases) throws {
    algorithm = try settings.choice(.algorithmType, of: algorithms)
    // diffusers compares the configuration's own word here, before it takes "deis" for "dpmsolver++".
    let final: FinalNoiseLevel = try settings.choice(.finalSigmasType)
    if final == .zero, try !algorithm.predictsClean || settings.optionalText(.algorithmType) == "deis" {
      throw SamplingError.configuration(
        "`algorithm_type` \"\(try settings.optionalText(.algorithmType) ?? "")\" cannot end at noise level zero; use dpmsolver++ or set `final_sigmas_type` to \"sigma_min\"."
      )
    }
    predictionType = try settings.choice(
      .predictionType, of: algorithm.predictsClean ? PredictionType.allCases : [.epsilon, .sample, .velocity])
    limit = try CleanSampleLimit(settings)
    _ = try settings.fixedVarianceType()
  }

  /// The quantity that the algorithm integrates: the clean latents or the noise.
  func quantity(_ output: Tensor, _ latents: Tensor, clean: Tensor, at point: SignalAndNoise) -> Tensor {
    if algorithm.predictsClean { return clean }
    if case .none = limit {
      switch predictionType {
      case .epsilon: return output
      case .velocity: return point.signal * output + point.noise * latents
      case .sample, .flow: break
      }
    }
    return (latents - point.signal * clean) / point.noise
  }
}

extension SchedulerSettings {
  /// `solver_order`, at least 1.
  func solverOrder() throws -> Int {
    let order = try integer(.solverOrder)
    guard order >= 1 else {
      throw SamplingError.configuration("`solver_order` is \(order); expected 1 or more.")
    }
    return order
  }
}
