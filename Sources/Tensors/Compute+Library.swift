import COpenBLAS

extension Compute {
  /// What the linear algebra library says of itself, for example
  /// `OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY SkylakeX MAX_THREADS=64`.
  package static var libraryDescription: String {
    guard let text = unsafe openblas_get_config() else { return "" }
    return unsafe String(cString: text).split(separator: " ").joined(separator: " ")
  }
}
