import COpenBLAS
import KernelInterface
import KernelsBaseline
import Synchronization

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the tensor operations run on: a pool of threads and one set of kernels, chosen once, before the first operation.
package enum Compute {
  private static let wantedThreads = Mutex<Int?>(nil)

  /// Sets the number of threads. Only before the first operation; later calls change nothing.
  package static func use(threads: Int) {
    wantedThreads.withLock { $0 = threads }
  }

  /// The threads that every operation shares.
  package static let pool: WorkerPool = {
    // Our threads each call a single-threaded OpenBLAS, so that packing, product and epilogue stay in one core's cache.
    openblas_set_num_threads(1)
    return WorkerPool(threadCount: wantedThreads.withLock { $0 } ?? availableProcessors)
  }()

  /// The kernels for this processor, or those that `LIMN_KERNELS` names.
  package static let kernels: any KernelSet.Type = {
    let wanted = unsafe getenv("LIMN_KERNELS").map { unsafe String(cString: $0) }
    return kernelSets.last { wanted == nil || $0.name == wanted } ?? Baseline.self
  }()

  /// Every set of kernels that this processor can run, slowest first.
  package static let kernelSets: [any KernelSet.Type] = {
    var sets: [any KernelSet.Type] = [Baseline.self]
    #if arch(x86_64)
      let features = processorFeatures()
      if features.isSuperset(of: ["avx2", "fma", "f16c", "bmi2"]) {
        sets.append(AVX2.self)
        if features.isSuperset(of: ["avx512f", "avx512bw", "avx512dq", "avx512vl"]) { sets.append(AVX512.self) }
      }
    #endif
    return sets
  }()

  /// The names of those kernels, as `LIMN_KERNELS` spells them.
  package static var kernelNames: [String] { kernelSets.map { $0.name } }

  private typealias Baseline = KernelsBaseline.Kernels
  #if arch(x86_64)
    private typealias AVX2 = KernelsAVX2.Kernels
    private typealias AVX512 = KernelsAVX512.Kernels
  #endif

  /// The processors this process may use: its affinity mask, further limited by a cgroup's CPU quota.
  package static var availableProcessors: Int {
    let mask = firstLine(of: "/proc/self/status") { $0.hasPrefix("Cpus_allowed:") } ?? ""
    let inMask = mask.drop { $0 != "\t" }.compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount }
    let allowed = inMask > 0 ? inMask : Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    return max(1, min(allowed, processorQuota() ?? allowed))
  }

  /// The CPU quota of cgroup v2, rounded up; nil where there is none.
  private static func processorQuota() -> Int? {
    let fields = firstLine(of: "/sys/fs/cgroup/cpu.max")?.split(separator: " ") ?? []
    guard fields.count == 2, let quota = Int(fields[0]), let period = Int(fields[1]), period > 0 else { return nil }
    return (quota + period - 1) / period
  }

  private static func processorFeatures() -> Set<Substring> {
    let flags = firstLine(of: "/proc/cpuinfo") { $0.hasPrefix("flags") } ?? ""
    return Set(flags.split(separator: " "))
  }

  private static func firstLine(of path: String, where wanted: (String) -> Bool = { _ in true }) -> String? {
    guard let file = unsafe fopen(path, "r") else { return nil }
    defer { unsafe fclose(file) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { unsafe free(line) }
    while unsafe getline(&line, &capacity, file) > 0 {
      guard let bytes = unsafe line else { return nil }
      let text = unsafe String(cString: bytes)
      if wanted(text) { return text.hasSuffix("\n") ? String(text.dropLast()) : text }
    }
    return nil
  }
}
