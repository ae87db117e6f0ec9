import System

/// One machine's part of a batch: the jobs whose keys, as numbers, leave the remainder `index - 1` by `count`.
package struct Shard: Equatable, Sendable, CustomStringConvertible {
  /// Counted from 1.
  package let index: Int
  package let count: Int

  package static let whole = Shard(unchecked: 1, of: 1)

  private init(unchecked index: Int, of count: Int) {
    self.index = index
    self.count = count
  }

  package init(parsing text: String) throws(UserError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], (1...1_000_000).contains(count),
      (1...count).contains(index)
    else { throw .request("--shard \(text) is not I/N with I from 1 to N, such as 3/8.") }
    self.init(unchecked: index, of: count)
  }

  /// What an array job of Slurm says of itself; nil outside one.
  ///
  /// The index follows from the task's number, the lowest number and the step, so `--array=0-7`, `1-8` and `1-15:2`
  /// all are eight shards.
  package init?(slurm environment: [String: String]) throws(UserError) {
    guard let task = environment["SLURM_ARRAY_TASK_ID"].flatMap({ Int($0) }),
      let count = environment["SLURM_ARRAY_TASK_COUNT"].flatMap({ Int($0) })
    else { return nil }
    let lowest = environment["SLURM_ARRAY_TASK_MIN"].flatMap { Int($0) } ?? 0
    let highest = environment["SLURM_ARRAY_TASK_MAX"].flatMap { Int($0) } ?? lowest + count - 1
    let step = environment["SLURM_ARRAY_TASK_STEP"].flatMap { Int($0) } ?? 1
    let isEven = step > 0 && (highest - lowest) / max(1, step) + 1 == count && (task - lowest) % max(1, step) == 0
    guard isEven, (1...count).contains((task - lowest) / step + 1) else {
      throw .request(
        "The array of this Slurm job has holes (task \(task) of \(count), \(lowest) to \(highest)), so it does not say which part of the batch is meant; name it by --shard I/N."
      )
    }
    self.init(unchecked: (task - lowest) / step + 1, of: count)
  }

  package func contains(_ key: JobKey) -> Bool { key.number % UInt64(count) == UInt64(index - 1) }

  package var description: String { "\(index)/\(count)" }
}
