import COpenBLAS
import Synchronization

extension Compute {
  /// What the linear algebra library says of itself, for example
  /// `OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY SkylakeX MAX_THREADS=64`.
  package static var libraryDescription: String {
    guard let text = unsafe openblas_get_config() else { return "" }
    return unsafe String(cString: text).split(separator: " ").joined(separator: " ")
  }

  /// Whether several threads may use the library at once. One that was built without threads (Debian's
  /// `libopenblas0-serial`) then returns wrong products.
  package static let libraryTakesThreads = openblas_get_parallel() != OPENBLAS_SEQUENTIAL

  private static let libraryTurn = Mutex(())

  /// Calls the library, one thread after another where it wants that.
  static func callLibrary(_ body: () -> Void) {
    if libraryTakesThreads { body() } else { libraryTurn.withLock { _ in body() } }
  }
}
