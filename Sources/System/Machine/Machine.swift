/// What the system says of this machine, and how much of it this process may use: memory and processors, within the
/// control groups (cgroup v1 and v2) that containers, systemd and Slurm put it into.
///
/// The one reader of these facts: whoever plans, reports or doctors asks here.
package struct Machine: Sendable {
  /// Where `proc` and `sys` lie: empty, and a folder of made-up files in tests.
  private let root: String
  let groups: ControlGroups

  package static let current = Machine(root: "")

  package init(root: String) {
    self.root = root
    groups = ControlGroups(root: root)
  }

  // MARK: Memory, in bytes; nil where the system does not say

  package var totalMemory: Int? { memoryInformation("MemTotal:") }

  /// What this process may still take: what the machine has left, within what its control groups leave.
  package var availableMemory: Int? {
    let left = [memoryInformation("MemAvailable:"), groups.memory?.left].compactMap(\.self)
    return left.min()
  }

  /// The smallest limit of the control groups.
  package var memoryLimit: Int? { groups.memory?.limit }

  /// The largest resident size of this process so far; `getrusage` would also count that of the program that started it.
  package var peakMemory: Int? {
    SystemFile(root + "/proc/self/status").number(after: "VmHWM:").map { $0 * 1024 }
  }

  /// What this process has in memory now.
  package var residentMemory: Int? {
    SystemFile(root + "/proc/self/status").number(after: "VmRSS:").map { $0 * 1024 }
  }

  private func memoryInformation(_ label: String) -> Int? {
    SystemFile(root + "/proc/meminfo").number(after: label).map { $0 * 1024 }
  }

  // MARK: Processors

  /// Processors that this process may use: those of its affinity mask, within its control groups' quota rounded up.
  package var processors: Int {
    let mask = SystemFile(root + "/proc/self/status").line(after: "Cpus_allowed:") ?? ""
    let allowed = mask.compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount }
    let online = allowed > 0 ? allowed : Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    return max(1, min(online, groups.processorQuota.map { Int($0.rounded(.up)) } ?? online))
  }

  /// The processor's name.
  package var processorName: String? {
    let file = SystemFile(root + "/proc/cpuinfo")
    let line = file.line(after: "model name") ?? file.line(after: "Model")
    return line.map { String($0.drop { $0 == ":" || $0.isWhitespace }) }
  }

  /// How many programs want to run, on average over the last minute.
  package var load: String? {
    SystemFile(root + "/proc/loadavg").lines.first?.split(separator: " ").first.map(String.init)
  }
}
