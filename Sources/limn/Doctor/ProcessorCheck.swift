import Foundation
import Generation
import Tensors

/// Processor, kernels and how fast they multiply.
enum ProcessorCheck {
  static var findings: [Finding] {
    var findings = [Finding("processor", "processor", "\(model), \(Compute.availableProcessors) usable")]
    let (chosen, best) = (Compute.kernels.name, Compute.kernelNames.last ?? "")
    findings.append(
      chosen == best
        ? Finding("processor", "kernels", chosen)
        : Finding(
          "processor", "kernels", chosen, .note,
          advice: "LIMN_KERNELS chooses \(chosen); this processor also runs \(best), which is faster. Unset it."))
    findings.append(speed)
    return findings
  }

  private static var model: String {
    let lines = SystemFile.lines("/proc/cpuinfo")
    let line = lines.first { $0.hasPrefix("model name") || $0.hasPrefix("Model") }
    return line.flatMap { $0.split(separator: ":", maxSplits: 1).last }.map { $0.trimmingCharacters(in: .whitespaces) }
      ?? "unknown"
  }

  /// What OpenBLAS manages on a thread of a processor of the last ten years, by the best kernels that it runs; below,
  /// something is amiss.
  private static let expectedGigaflops = ["avx512": 25.0, "avx2": 15, "baseline": 2]

  private static var speed: Finding {
    let threads = Compute.pool.threadCount
    let rate = Compute.sgemmRate()
    let perThread = rate / Double(threads)
    let found = "\(Int(rate.rounded())) GFLOP/s with \(threads) thread\(threads == 1 ? "" : "s") (OpenBLAS)"
    guard perThread < expectedGigaflops[Compute.kernelNames.last ?? ""] ?? 2 else {
      return Finding("processor", "sgemm", found)
    }
    let load = SystemFile.lines("/proc/loadavg").first?.split(separator: " ").first ?? "?"
    return Finding(
      "processor", "sgemm", found, .note,
      advice:
        "That is slow for this processor. Other programs may be at work (load \(load)), or the processor saves power: paint when it is idle, or see `cpupower frequency-info`."
    )
  }
}

/// Small files by which the system tells of itself.
enum SystemFile {
  static func lines(_ path: String) -> [String] {
    // Such files have no size that could be asked for beforehand: they are read until they end.
    guard let file = FileHandle(forReadingAtPath: path), let bytes = try? file.readToEnd() else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// The number after a label, as in `/proc/meminfo`.
  static func number(_ path: String, after label: String = "") -> Int? {
    let line = lines(path).first { $0.hasPrefix(label) }
    return line?.dropFirst(label.count).split(separator: " ").first.flatMap { Int($0) }
  }
}
