/// limn's names for samplers and schedules beside those of other tools.
package enum ForeignNames {
  /// The first name of each row is A1111's and the one that is written; all are read.
  static let samplers: [(limn: String, names: [String])] = [
    ("dpm++2m", ["DPM++ 2M", "dpmpp_2m", "dpm++2m", "DPM2++ 2M"]),
    ("dpm++2m-sde", ["DPM++ 2M SDE", "dpmpp_2m_sde", "dpmpp_2m_sde_gpu"]),
    ("euler-a", ["Euler a", "euler_ancestral", "euler_a", "Euler Ancestral"]),
    ("euler", ["Euler"]),
    ("heun", ["Heun"]),
    ("lms", ["LMS"]),
    ("dpm2", ["DPM2", "dpm_2"]),
    ("dpm2-a", ["DPM2 a", "dpm_2_ancestral", "dpm2_a"]),
    ("ddim", ["DDIM", "ddim_trailing"]),
    ("ddpm", ["DDPM"]),
    ("pndm", ["PLMS", "PNDM", "ipndm"]),
    ("unipc", ["UniPC", "uni_pc", "unipc_multistep"]),
    ("deis", ["DEIS", "DEIS Multistep"]),
    ("lcm", ["LCM"]),
  ]

  static let schedules: [(limn: String, names: [String])] = [
    ("karras", ["Karras"]),
    ("exponential", ["Exponential"]),
    ("beta", ["Beta"]),
    ("model", ["Automatic", "Default", "normal"]),
  ]

  /// Our generator is torch's CPU one, or CUDA's Philox, which A1111 calls NV.
  static let randomSources: [(limn: String, names: [String])] = [
    ("torch", ["CPU", "cpu"]),
    ("cuda", ["NV", "GPU"]),
  ]

  /// How A1111 writes limn's name; the name itself where A1111 has none.
  static func written(_ name: String, _ table: [(limn: String, names: [String])]) -> String {
    table.first { $0.limn == name }?.names.first ?? name
  }

  /// limn's name for what another tool wrote; nil where there is none.
  static func read(_ name: String, _ table: [(limn: String, names: [String])]) -> String? {
    let name = name.lowercased()
    return table.first { row in row.limn == name || row.names.contains { $0.lowercased() == name } }?.limn
  }

  /// Takes a sampler apart that has its schedule in its name, as A1111 before 1.9 ("DPM++ 2M Karras"),
  /// stable-diffusion.cpp ("euler_a karras") and InvokeAI ("dpmpp_2m_k") write it.
  package static func readSampler(_ written: String) -> (sampler: String, schedule: String?) {
    if let sampler = read(written, samplers) { return (sampler, nil) }
    for separator in [" ", "_"] {
      guard let cut = written.lastIndex(of: Character(separator)) else { continue }
      let end = String(written[written.index(after: cut)...])
      let schedule = end == "k" ? "karras" : read(end, schedules)
      if let schedule, let sampler = read(String(written[..<cut]), samplers) { return (sampler, schedule) }
    }
    return (written, nil)
  }
}
