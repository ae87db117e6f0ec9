extension UniPC {
  static func levels(_ settings: SchedulerSettings, _ noise: NoiseSchedule, steps: Int) throws -> SolverLevels {
    if try settings.flag(.usesDynamicShifting) {
      throw SamplingError.configuration(
        "`use_dynamic_shifting` is true; UniPCMultistepScheduler is supported with a fixed shift only.")
    }
    let schedule = try SigmaSchedule(settings)
    let isFlow = try settings.flag(.usesFlowSigmas)
    if !isFlow, let terminal = try settings.optionalNumber(.shiftTerminal) {
      throw SamplingError.configuration(
        "`shift_terminal` is \(terminal), but `use_flow_sigmas` is false; expected null.")
    }
    var spread: SolverLevels.Spread
    var lowest: Float?
    if schedule != .model {
      spread = try SolverLevels.spread(schedule, settings, noise, steps: steps)
      if isFlow && schedule == .karras {
        spread.levels = spread.levels.map { $0 / ($0 + 1) }
        let trainTimesteps = Double(try NoiseSchedule.trainTimesteps(settings))
        spread.timesteps = spread.levels.map { $0 * trainTimesteps }
      }
    } else if isFlow {
      spread = try flow(settings, steps: steps)
    } else {
      spread = try SolverLevels.spaced(settings, noise, steps: steps)
      lowest = noise.noiseLevels[0]
    }
    let final: FinalNoiseLevel = try settings.choice(.finalSigmasType)
    return try SolverLevels(
      levels: spread.levels, final: final == .zero ? 0 : lowest ?? Float(spread.levels[spread.levels.count - 1]),
      timesteps: spread.timesteps, isFlow: isFlow)
  }

  /// Levels of rectified flow as UniPCMultistepScheduler spaces, shifts and stretches them.
  private static func flow(_ settings: SchedulerSettings, steps: Int) throws -> SolverLevels.Spread {
    let trainTimesteps = Double(try NoiseSchedule.trainTimesteps(settings))
    let shift = try settings.number(.flowShift)
    var levels = EvenSpacing.closed(from: 1, to: 1 / trainTimesteps, count: steps + 1).dropLast()
      .map { shift * $0 / (1 + (shift - 1) * $0) }
    if let terminal = try settings.optionalNumber(.shiftTerminal), terminal != 0 {
      let stretch = (1 - levels[levels.count - 1]) / (1 - terminal)
      levels = levels.map { 1 - (1 - $0) / stretch }
    }
    // At level 1 nothing of the signal would be left to divide by.
    if (levels[0] - 1).magnitude < 1e-6 { levels[0] -= 1e-6 }
    return (levels, levels.map { $0 * trainTimesteps })
  }
}
