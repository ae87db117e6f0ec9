import System
import Tensors

/// Processor, kernels and how fast they multiply.
package enum ProcessorCheck {
  private static let machine = Machine.current

  package static var findings: [Finding] {
    var findings = [
      Finding("processor", "processor", "\(machine.processorName ?? "unknown"), \(machine.processors) usable")
    ]
    let (chosen, best) = (Compute.kernels.name, Compute.kernelNames.last ?? "")
    findings.append(
      chosen == best
        ? Finding("processor", "kernels", chosen)
        : Finding(
          "processor", "kernels", chosen, .note,
          advice: "LIMN_KERNELS chooses \(chosen); this processor also runs \(best), which is faster. Unset it."))
    let fast = Precision.allCases.filter(\.isFast).map(\.rawValue).joined(separator: ", ")
    findings.append(Finding("processor", "fast precisions", fast))
    findings.append(speed)
    return findings
  }

  /// What OpenBLAS manages on a thread of a processor of the last ten years, by the best kernels that it runs; below,
  /// something is amiss.
  private static var expectedGigaflops: Double {
    let best = Compute.kernelNames.last ?? ""
    return best.hasPrefix("avx512") ? 25 : best.hasPrefix("avx2") ? 15 : 2
  }

  private static var speed: Finding {
    let threads = Compute.pool.threadCount
    let rate = Compute.sgemmRate()
    let perThread = rate / Double(threads)
    let found = "\(Int(rate.rounded())) GFLOP/s with \(threads) thread\(threads == 1 ? "" : "s") (OpenBLAS)"
    guard perThread < expectedGigaflops else {
      return Finding("processor", "sgemm", found)
    }
    let load = machine.load ?? "?"
    return Finding(
      "processor", "sgemm", found, .note,
      advice:
        "That is slow for this processor. Other programs may be at work (load \(load)), or the processor saves power: paint when it is idle, or see `cpupower frequency-info`."
    )
  }
}
