import COpenBLAS
import KernelInterface
import KernelsBaseline
import Synchronization
import System

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX2VNNI
  import KernelsAVX512
  import KernelsAVX512BF16
  import KernelsAVX512VNNI
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
    return WorkerPool(threadCount: wantedThreads.withLock { $0 } ?? Machine.current.processors)
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
        if features.contains("avx_vnni") { sets.append(AVX2VNNI.self) }
        if features.isSuperset(of: ["avx512f", "avx512bw", "avx512dq", "avx512vl"]) {
          sets.append(AVX512.self)
          if features.contains("avx512_vnni") {
            sets.append(AVX512VNNI.self)
            if features.contains("avx512_bf16") { sets.append(AVX512BF16.self) }
          }
        }
      }
    #endif
    return sets
  }()

  /// The names of those kernels, as `LIMN_KERNELS` spells them.
  package static var kernelNames: [String] { kernelSets.map { $0.name } }

  private typealias Baseline = KernelsBaseline.Kernels
  #if arch(x86_64)
    private typealias AVX2 = KernelsAVX2.Kernels
    private typealias AVX2VNNI = KernelsAVX2VNNI.Kernels
    private typealias AVX512 = KernelsAVX512.Kernels
    private typealias AVX512VNNI = KernelsAVX512VNNI.Kernels
    private typealias AVX512BF16 = KernelsAVX512BF16.Kernels
  #endif

  private static func processorFeatures() -> Set<Substring> {
    let flags = SystemFile("/proc/cpuinfo").line(after: "flags") ?? ""
    return Set(flags.split(separator: " "))
  }
}
