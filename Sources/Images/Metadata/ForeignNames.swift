/// limn's names for samplers and schedules beside those of other tools.
package enum ForeignNames {
  /// The first name of each row is A1111's and the one that is written; all are read, in any spelling (see
  /// ``canonical(_:)``): A1111, SD.Next, ComfyUI, InvokeAI, k-diffusion, sd-scripts, stable-diffusion.cpp, NovelAI.
  static let samplers: [(limn: String, names: [String])] = [
    ("dpm++2m", ["DPM++ 2M", "DPM2++ 2M", "DPM-Solver++", "DPM-Solver++ 2M"]),
    ("dpm++2m-sde", ["DPM++ 2M SDE", "SDE-DPM-Solver++"]),
    ("dpm++2s", ["DPM++ 2S", "dpmsingle", "DPM-Solver++ singlestep"]),
    ("euler-a", ["Euler a"]),
    ("euler", ["Euler"]),
    ("heun", ["Heun"]),
    ("lms", ["LMS", "LMSD"]),
    ("dpm2", ["DPM2"]),
    ("dpm2-a", ["DPM2 a"]),
    ("ddim", ["DDIM", "ddim_v3"]),
    ("ddpm", ["DDPM"]),
    ("pndm", ["PLMS", "PNDM"]),
    ("unipc", ["UniPC", "uni_pc_bh2"]),
    ("deis", ["DEIS"]),
    ("lcm", ["LCM"]),
    ("tcd", ["TCD"]),
  ]

  package static let schedules: [(limn: String, names: [String])] = [
    ("karras", ["Karras"]),
    ("exponential", ["Exponential"]),
    ("beta", ["Beta"]),
    ("model", ["Automatic", "Default", "normal", "uniform", "discrete", "native", "standard"]),
  ]

  /// Schedules that limn does not have, which stand behind a sampler's name all the same.
  private static let otherSchedules = [
    "SGM uniform", "simple", "DDIM uniform", "polyexponential", "KL optimal", "align your steps", "AYS", "GITS",
    "smoothstep", "bong tangent", "linear quadratic", "turbo", "beta57", "flow",
  ]

  /// Our generator is torch's CPU one, or CUDA's Philox, which A1111 calls NV.
  package static let randomSources: [(limn: String, names: [String])] = [
    ("torch", ["CPU"]),
    ("cuda", ["NV", "GPU"]),
  ]

  /// How A1111 writes limn's name; the name itself where A1111 has none.
  static func written(_ name: String, _ table: [(limn: String, names: [String])]) -> String {
    table.first { $0.limn == name }?.names.first ?? name
  }

  /// limn's name for what another tool wrote; nil where there is none.
  package static func read(_ name: String, _ table: [(limn: String, names: [String])]) -> String? {
    let name = canonical(name)
    return table.first { row in canonical(row.limn) == name || row.names.contains { canonical($0) == name } }?.limn
  }

  /// The same for every spelling of one name: "DPM++ 2M SDE", "dpmpp_2m_sde_gpu" and "sample_dpmpp_2m_sde" are
  /// "dpmpp2msde"; "k_euler_ancestral" is "eulera".
  static func canonical(_ name: String) -> String {
    var text = name.lowercased().replacing("+", with: "p")
    for prefix in ["sample_", "k_", "k-"] where text.hasPrefix(prefix) { text.removeFirst(prefix.count) }
    text.removeAll { " _-.".contains($0) }
    for (long, short) in [("ancestral", "a"), ("multistep", ""), ("gpu", "")]
    where text.hasSuffix(long) && text != long {
      text = text.dropLast(long.count) + short
    }
    return text.hasPrefix("kdpm") ? String(text.dropFirst()) : text
  }

  /// A sampler with what other tools write into its name.
  package struct Sampler: Equatable, Sendable {
    /// limn's name, else as written.
    package var name: String
    /// limn's name, else as written.
    package var schedule: String?
    /// Which timesteps are visited, as ``Draw Things`` says it: "trailing".
    package var spacing: String?
  }

  /// Takes a sampler apart that has its schedule in its name, as A1111 before 1.9 ("DPM++ 2M Karras"),
  /// stable-diffusion.cpp ("euler_a karras") and InvokeAI ("dpmpp_2m_k") write it.
  package static func readSampler(_ written: String) -> Sampler {
    if let sampler = read(written, samplers) { return Sampler(name: sampler) }
    let separators = written.indices.filter { " _-".contains(written[$0]) }
    // The longest ending first: "SGM uniform" before "uniform".
    for cut in separators {
      let end = String(written[written.index(after: cut)...])
      let start = String(written[..<cut])
      let sampler = read(start, samplers)
      if canonical(end) == "trailing", let sampler { return Sampler(name: sampler, spacing: "trailing") }
      if ["k", "ka"].contains(end.lowercased()), let sampler { return Sampler(name: sampler, schedule: "karras") }
      if let schedule = read(end, schedules) { return Sampler(name: sampler ?? start, schedule: schedule) }
      if otherSchedules.contains(where: { canonical($0) == canonical(end) }) {
        return Sampler(name: sampler ?? start, schedule: end)
      }
    }
    return Sampler(name: written)
  }
}
