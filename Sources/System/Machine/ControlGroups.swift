import Foundation

/// The control groups of this process: its own and all above it, whose limits hold for it too.
///
/// Source: cgroups(7); https://docs.kernel.org/admin-guide/cgroup-v2.html and cgroup-v1/memory.html.
struct ControlGroups: Sendable {
  /// Folders of the memory controller, the process's own first.
  private let memoryFolders: [Folder]
  private let processorFolders: [Folder]

  private struct Folder: Sendable {
    let path: String
    let isUnified: Bool

    func number(_ name: String, after label: String = "") -> Int? {
      SystemFile("\(path)/\(name)").number(after: label)
    }
  }

  /// - Parameter root: Where `proc` and `sys` lie; empty for the system's own.
  init(root: String) {
    let mounts = ControlGroups.mounts(root)
    var memory: [Folder] = []
    var processors: [Folder] = []
    for line in SystemFile(root + "/proc/self/cgroup").lines {
      // `0::/user.slice` in version 2, `5:memory:/slurm/job_7` in version 1.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3 else { continue }
      let controllers = parts[1].split(separator: ",")
      let isUnified = parts[1].isEmpty
      func folders(_ controller: String?) -> [Folder] {
        guard let mount = mounts.first(where: { $0.holds(controller) }) else { return [] }
        return mount.folders(of: parts[2], root: root).map { Folder(path: $0, isUnified: isUnified) }
      }
      if isUnified {
        memory += folders(nil)
        processors += folders(nil)
      }
      if controllers.contains("memory") { memory += folders("memory") }
      if controllers.contains("cpu") { processors += folders("cpu") }
    }
    memoryFolders = memory
    processorFolders = processors
  }

  /// The tightest limit of memory and what is left under the one that leaves least, in bytes; nil where there is none.
  var memory: (limit: Int, left: Int)? {
    let limits = memoryFolders.compactMap { folder -> (limit: Int, left: Int)? in
      let limit = folder.number(folder.isUnified ? "memory.max" : "memory.limit_in_bytes")
      // Version 1 writes "no limit" as a number beyond all memory.
      guard let limit, limit < 1 << 60 else { return nil }
      let used = folder.number(folder.isUnified ? "memory.current" : "memory.usage_in_bytes") ?? 0
      // The system takes pages of files back before it refuses memory.
      let cached =
        folder.number("memory.stat", after: folder.isUnified ? "inactive_file " : "total_inactive_file ") ?? 0
      return (limit, max(0, limit - max(0, used - cached)))
    }
    guard let limit = limits.map(\.limit).min(), let left = limits.map(\.left).min() else { return nil }
    return (limit, left)
  }

  /// The tightest quota, in processors; nil where there is none.
  var processorQuota: Double? {
    processorFolders.compactMap { folder -> Double? in
      if folder.isUnified {
        let fields = SystemFile("\(folder.path)/cpu.max").lines.first?.split(separator: " ") ?? []
        guard fields.count == 2, let quota = Double(fields[0]), let period = Double(fields[1]), period > 0, quota > 0
        else { return nil }
        return quota / period
      }
      guard let quota = folder.number("cpu.cfs_quota_us"), let period = folder.number("cpu.cfs_period_us"), quota > 0,
        period > 0
      else { return nil }
      return Double(quota) / Double(period)
    }.min()
  }

  /// A mounted hierarchy.
  private struct Mount {
    /// The group that is seen at its top: `/` unless a container sees a part only.
    let group: String
    let place: String
    /// Nil for version 2.
    let controllers: [Substring]?

    func holds(_ controller: String?) -> Bool {
      guard let controller else { return controllers == nil }
      return controllers?.contains { $0 == controller } ?? false
    }

    /// The folders of a group and those above it, as far as they are seen here.
    func folders(of path: String, root: String) -> [String] {
      var inner = path
      if group != "/", path == group || path.hasPrefix(group + "/") { inner = String(path.dropFirst(group.count)) }
      var folders: [String] = []
      while !inner.isEmpty, inner != "/" {
        let folder = root + place + inner
        // Within a container the group may go by a name of the host's.
        if FileManager.default.fileExists(atPath: folder) { folders.append(folder) }
        guard let slash = inner.lastIndex(of: "/") else { break }
        inner = String(inner[..<slash])
      }
      return folders + [root + place]
    }
  }

  /// From `/proc/self/mountinfo`: `30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw`.
  private static func mounts(_ root: String) -> [Mount] {
    let mounts = SystemFile(root + "/proc/self/mountinfo").lines.compactMap { line -> Mount? in
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else { return nil }
      let (group, place) = (String(fields[3]), String(fields[4]))
      switch fields[dash + 1] {
      case "cgroup2": return Mount(group: group, place: place, controllers: nil)
      case "cgroup": return Mount(group: group, place: place, controllers: fields[dash + 3].split(separator: ","))
      default: return nil
      }
    }
    return mounts.isEmpty ? [Mount(group: "/", place: "/sys/fs/cgroup", controllers: nil)] : mounts
  }
}
