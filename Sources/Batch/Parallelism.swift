/// How many pictures are painted at a time, and with how many threads together.
package struct Parallelism: Equatable, Sendable {
  package let jobs: Int
  /// Threads that all pictures share.
  package let threads: Int

  /// Below, a model is small: dividing its layers among threads costs more than painting pictures side by side.
  private static let smallModelBytes = 512 << 20

  /// - Parameters:
  ///   - wishedJobs: `--jobs`; nil leaves it to what is faster.
  ///   - wishedThreads: `--threads`; nil for all processors.
  ///   - predictedBytes: What the most demanding picture takes; nil where that is not known.
  ///   - pictures: How many there are.
  ///   - memory: For all of it, in bytes.
  package init(
    wishedJobs: Int?, wishedThreads: Int?, predictedBytes: Int?, pictures: Int, memory: Int, processors: Int
  ) {
    threads = wishedThreads ?? processors
    if let wishedJobs {
      jobs = wishedJobs
    } else if let predictedBytes, predictedBytes <= Parallelism.smallModelBytes {
      jobs = max(1, min(threads, pictures, memory / max(1, predictedBytes)))
    } else {
      jobs = 1
    }
  }
}
