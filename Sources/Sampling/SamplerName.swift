import JSON

/// The samplers by the names that the command line knows them by.
package enum SamplerName: String, Sendable, CaseIterable {
  /// The one that the checkpoint's own `scheduler_config.json` names.
  case model
  case ddim
  case ddpm
  case pndm
  case euler
  case eulerAncestral = "euler-a"
  case heun
  case lms
  case dpm2
  case dpm2Ancestral = "dpm2-a"
  case dpmSolver2M = "dpm++2m"
  case dpmSolver2MStochastic = "dpm++2m-sde"
  case dpmSolver2S = "dpm++2s"
  case uniPC = "unipc"
  case deis
  case lcm
  case tcd
}

/// One line a sampler: its name, its implementation, and what its diffusers class is handed besides the configuration.
struct CatalogueEntry: Sendable {
  let name: SamplerName
  let method: any SamplingMethod.Type
  let overrides: [ConfigurationKey: JSONValue]

  private init(
    _ name: SamplerName, _ method: any SamplingMethod.Type, _ overrides: [ConfigurationKey: JSONValue] = [:]
  ) {
    self.name = name
    self.method = method
    self.overrides = overrides
  }

  var scheduler: SchedulerClass { method.scheduler }
  /// Whether diffusers' class passes over the schedules that it has here.
  var hasOwnSchedules: Bool { name == .eulerAncestral }

  /// The samplers of models of rectified flow; the others have no form for them.
  static let flow = [
    CatalogueEntry(.euler, FlowEuler.self),
    CatalogueEntry(.heun, FlowHeun.self),
    CatalogueEntry(.dpmSolver2M, DPMSolverMultistep.self, flowOverrides),
    CatalogueEntry(
      .dpmSolver2MStochastic, DPMSolverMultistep.self,
      flowOverrides.merging([.algorithmType: "sde-dpmsolver++"]) { $1 }),
    CatalogueEntry(.dpmSolver2S, DPMSolverSinglestep.self, flowOverrides),
    CatalogueEntry(.uniPC, UniPC.self, flowOverrides),
    CatalogueEntry(.lcm, FlowLCM.self),
  ]

  /// With what the solvers over log-SNR sample rectified flow.
  private static let flowOverrides: [ConfigurationKey: JSONValue] = [
    .usesFlowSigmas: true, .predictionType: "flow_prediction", .usesDynamicShifting: false,
  ]

  static let all = [
    CatalogueEntry(.ddim, DDIM.self),
    CatalogueEntry(.ddpm, DDPM.self),
    CatalogueEntry(.pndm, PNDM.self),
    CatalogueEntry(.euler, Euler.self),
    CatalogueEntry(.eulerAncestral, EulerAncestral.self),
    CatalogueEntry(.heun, Heun.self),
    CatalogueEntry(.lms, LMS.self),
    CatalogueEntry(.dpm2, DPM2.self),
    CatalogueEntry(.dpm2Ancestral, DPM2Ancestral.self),
    CatalogueEntry(.dpmSolver2M, DPMSolverMultistep.self),
    CatalogueEntry(.dpmSolver2MStochastic, DPMSolverMultistep.self, [.algorithmType: "sde-dpmsolver++"]),
    CatalogueEntry(.dpmSolver2S, DPMSolverSinglestep.self),
    CatalogueEntry(.uniPC, UniPC.self),
    CatalogueEntry(.deis, DEIS.self),
    CatalogueEntry(.lcm, LCM.self),
    CatalogueEntry(.tcd, TCD.self),
  ]

  /// The samplers that visit timesteps which somebody names.
  static var takingTimesteps: [String] { all.filter { $0.method.takesTimesteps }.map(\.name.rawValue) }

  /// The entry of a sampler, for ``SamplerName/model`` by the class that the configuration names.
  ///
  /// - Parameter isFlow: Whether the model is one of rectified flow.
  static func find(
    _ name: SamplerName, _ configuration: SchedulerConfiguration, isFlow: Bool
  ) throws -> CatalogueEntry {
    let all = isFlow ? flow : all
    if let entry = all.first(where: { $0.name == name }) { return entry }
    guard name == .model else {
      throw SamplingError.request(
        "\(name.rawValue) has no form for models of rectified flow; use \(all.map(\.name.rawValue).listedWithOr).")
    }
    let known = Set(all.map { $0.scheduler.name }).sorted()
    guard let className = configuration.className else {
      throw SamplingError.configuration(
        "There is no `_class_name`; expected \(known.listedWithOr). Choose a sampler by name instead.")
    }
    let entries = all.filter { $0.scheduler.name == className }
    // Of several samplers of one class, the one of whose special values the configuration has most.
    let special = entries.filter { entry in entry.overrides.allSatisfy { configuration[$0.key] == $0.value } }
      .max { $0.overrides.count < $1.overrides.count }
    guard let entry = special ?? entries.first else {
      throw SamplingError.configuration(
        "`_class_name` is \"\(className)\"; supported are \(known.listedWithOr). Choose a sampler by name instead.")
    }
    return entry
  }
}
