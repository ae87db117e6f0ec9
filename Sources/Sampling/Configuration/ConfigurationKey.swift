/// The keys of `scheduler_config.json` that a diffusers scheduler's initialiser may take.
enum ConfigurationKey: String, Sendable, CaseIterable {
  // The noise that the network was trained with.
  case trainTimesteps = "num_train_timesteps"
  case betaStart = "beta_start"
  case betaEnd = "beta_end"
  case betaSchedule = "beta_schedule"
  case trainedBetas = "trained_betas"
  case rescalesToZeroSNR = "rescale_betas_zero_snr"
  case predictionType = "prediction_type"

  // Which of its levels are visited.
  case timestepSpacing = "timestep_spacing"
  case timestepType = "timestep_type"
  case stepsOffset = "steps_offset"
  case usesKarrasSigmas = "use_karras_sigmas"
  case usesExponentialSigmas = "use_exponential_sigmas"
  case usesBetaSigmas = "use_beta_sigmas"
  case usesLuLambdas = "use_lu_lambdas"
  case usesFlowSigmas = "use_flow_sigmas"
  case usesDynamicShifting = "use_dynamic_shifting"
  case flowShift = "flow_shift"
  case shift
  case shiftTerminal = "shift_terminal"
  case baseShift = "base_shift"
  case maxShift = "max_shift"
  case baseImageTokens = "base_image_seq_len"
  case maxImageTokens = "max_image_seq_len"
  case timeShiftType = "time_shift_type"
  case invertsSigmas = "invert_sigmas"
  case sigmaMin = "sigma_min"
  case sigmaMax = "sigma_max"
  case finalSigmasType = "final_sigmas_type"
  case interpolationType = "interpolation_type"
  case lambdaMinClipped = "lambda_min_clipped"
  case originalInferenceSteps = "original_inference_steps"

  // How a step is taken.
  case setsAlphaToOne = "set_alpha_to_one"
  case skipsPRKSteps = "skip_prk_steps"
  case timestepScaling = "timestep_scaling"
  case solverOrder = "solver_order"
  case algorithmType = "algorithm_type"
  case solverType = "solver_type"
  case lowerOrderFinal = "lower_order_final"
  case eulerAtFinal = "euler_at_final"
  case varianceType = "variance_type"
  case predictsX0 = "predict_x0"
  case stochasticSampling = "stochastic_sampling"
  case disabledCorrector = "disable_corrector"

  // How the predicted clean sample is limited.
  case clipsSample = "clip_sample"
  case clipSampleRange = "clip_sample_range"
  case thresholding = "thresholding"
  case thresholdingRatio = "dynamic_thresholding_ratio"
  case sampleMaxValue = "sample_max_value"
}
