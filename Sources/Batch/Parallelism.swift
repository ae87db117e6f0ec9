/// How many pictures are painted at a time, and with how many threads.
package struct Parallelism: Equatable, Sendable {
  package let jobs: Int
  /// Threads that each picture has, or that all share where both numbers were wished for.
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
    let available = wishedThreads ?? processors
    if let wishedJobs {
      jobs = wishedJobs
      threads = wishedThreads ?? max(1, processors / wishedJobs)
    } else if let predictedBytes, predictedBytes <= Parallelism.smallModelBytes {
      jobs = max(1, min(available, pictures, memory / max(1, predictedBytes)))
      threads = max(1, available / jobs)
    } else {
      (jobs, threads) = (1, available)
    }
  }
}
