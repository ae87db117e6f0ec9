import KernelInterface

package enum Kernels: KernelSet {
  #if AVX512
    package static let name = "avx512"
  #elseif AVX2
    package static let name = "avx2"
  #else
    package static let name = "baseline"
  #endif
}
