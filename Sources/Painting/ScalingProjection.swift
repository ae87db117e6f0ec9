import Tensors

/// What a network would take on more cores, from what a run on this machine showed: one thread's work stays, shared loops are
/// divided by the cores, and nothing is faster than memory brings what must come and go (Amdahl's law with a roof; Williams et
/// al. 2009).
package struct ScalingProjection: Sendable {
  /// Threads of the run.
  package let threads: Int
  /// What a loop costs beside its work, in seconds.
  package let loopCost: Double
  /// Bytes in billions a second, on any number of cores.
  package let bandwidth: Double

  package init(threads: Int, loopCost: Double, bandwidth: Double) {
    precondition(threads > 0 && bandwidth > 0, "ScalingProjection: \(threads) threads, \(bandwidth) GB/s")
    (self.threads, self.loopCost, self.bandwidth) = (threads, loopCost, bandwidth)
  }

  /// Seconds of operations of one kind on so many cores.
  package func seconds(_ share: OperationProfile.Share, cores: Int) -> Double {
    let alone = max(0, share.seconds - share.loopSeconds)
    let beginning = min(share.loopSeconds, Double(share.loops) * loopCost)
    let shared = (share.loopSeconds - beginning) * Double(threads) / Double(cores)
    return alone + beginning + max(shared, share.gigabytes / bandwidth)
  }

  /// Seconds of a whole network: of all kinds of operations, and of what lies between them, which one thread does.
  package func seconds(_ stage: Benchmark.Stage, cores: Int) -> Double {
    let last = stage.rounds[stage.rounds.count - 1]
    return stage.profile.shares.values.reduce(max(0, last - stage.profile.total.seconds)) {
      $0 + seconds($1, cores: cores)
    }
  }
}
