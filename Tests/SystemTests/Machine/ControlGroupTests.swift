import Testing

@testable import System

/// What control groups leave to this process, by the files of cgroups(7).
@Suite struct ControlGroupTests {
  private let machine = MadeUpMachines()

  private static let unifiedMount = "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
  private static let status = "Name:\tlimn\nVmHWM:\t  2048 kB\nCpus_allowed:\tff\nCpus_allowed_list:\t0-7\n"

  // MARK: Version 2

  /// A job within two slices: the first limits most, another has least left.
  private func slices(available: String = "1000000") throws -> Machine {
    try machine([
      "proc/self/cgroup": "0::/user.slice/user-1.slice/job.scope\n",
      "proc/self/mountinfo": "22 28 0:21 / /proc rw - proc proc rw\n" + Self.unifiedMount,
      "proc/self/status": Self.status, "proc/meminfo": "MemTotal: 2000000 kB\nMemAvailable: \(available) kB\n",
      "sys/fs/cgroup/user.slice/memory.max": "8000000\n", "sys/fs/cgroup/user.slice/memory.current": "7900000\n",
      "sys/fs/cgroup/user.slice/memory.stat": "anon 7000000\ninactive_anon 5\ninactive_file 400000\nactive_file 90\n",
      "sys/fs/cgroup/user.slice/user-1.slice/memory.max": "max\n",
      "sys/fs/cgroup/user.slice/user-1.slice/cpu.max": "250000 100000\n",
      "sys/fs/cgroup/user.slice/user-1.slice/job.scope/memory.max": "4000000\n",
      "sys/fs/cgroup/user.slice/user-1.slice/job.scope/memory.current": "1000000\n",
      "sys/fs/cgroup/user.slice/user-1.slice/job.scope/cpu.max": "max 100000\n",
      "sys/fs/cgroup/user.slice/cpu.max": "600000 100000\n",
    ])
  }

  @Test func everySliceAboveAProcessLimitsIt() throws {
    let made = try slices()
    #expect(made.memoryLimit == 4_000_000)
    // What the outer slice has left, with the files that it can give back.
    #expect(made.availableMemory == 8_000_000 - (7_900_000 - 400_000))
    #expect(made.groups.processorQuota == 2.5)
    #expect(made.processors == 3)
  }

  @Test func theMachineMayHaveLessThanItsGroups() throws {
    #expect(try slices(available: "100").availableMemory == 102_400)
    #expect(try slices().totalMemory == 2_000_000 * 1024)
  }

  @Test func nothingIsLeftOfALimitThatIsExceeded() throws {
    let made = try machine([
      "proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": Self.unifiedMount,
      "sys/fs/cgroup/a/memory.max": "1000", "sys/fs/cgroup/a/memory.current": "5000",
      // More than is used: counted at other moments.
      "sys/fs/cgroup/memory.max": "900", "sys/fs/cgroup/memory.current": "10",
      "sys/fs/cgroup/memory.stat": "inactive_file 70\n",
    ])
    #expect(made.availableMemory == 0)
    #expect(made.groups.memory?.limit == 900)
  }

  @Test func oneGroupAtTheTopOfAContainer() throws {
    // With a namespace of its own a container is in `/`.
    let made = try machine([
      "proc/self/cgroup": "0::/\n", "proc/self/mountinfo": Self.unifiedMount, "proc/self/status": Self.status,
      "sys/fs/cgroup/memory.max": "3000", "sys/fs/cgroup/memory.current": "1000",
      "sys/fs/cgroup/cpu.max": "50000 100000",
    ])
    #expect(made.memoryLimit == 3000 && made.availableMemory == 2000)
    #expect(made.processors == 1)
  }

  @Test(
    "a container whose group goes by a name of the host's",
    arguments: ["0::/docker/0123abc", "0::/../../docker/0123abc", "0::/docker/0123abc/inner"])
  func hiddenNames(_ line: String) throws {
    let made = try machine([
      "proc/self/cgroup": line + "\n", "proc/self/mountinfo": Self.unifiedMount,
      "sys/fs/cgroup/memory.max": "3000", "sys/fs/cgroup/memory.current": "500",
      "sys/fs/cgroup/cpu.max": "100000 100000",
    ])
    #expect(made.memoryLimit == 3000 && made.availableMemory == 2500)
    #expect(made.groups.processorQuota == 1)
  }

  @Test func aContainerSeesAPartOfTheHostsGroups() throws {
    let mount = "29 23 0:26 /docker/0123 /sys/fs/cgroup ro - cgroup2 cgroup rw\n"
    let files = ["sys/fs/cgroup/memory.max": "3000", "sys/fs/cgroup/inner/memory.max": "2000"]
    func limit(_ group: String) throws -> Int? {
      let all = files.merging(["proc/self/cgroup": "0::\(group)\n", "proc/self/mountinfo": mount]) { $1 }
      return try machine(all).memoryLimit
    }
    #expect(try limit("/docker/0123/inner") == 2000)
    #expect(try limit("/docker/0123") == 3000)
    // Another container, whose name begins alike.
    #expect(try limit("/docker/01234/inner") == 3000)
  }

  // MARK: Version 1

  private static let slurmMounts = """
    30 24 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro
    31 30 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
    35 30 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
    36 30 0:31 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
    37 30 0:32 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset

    """

  @Test func aStepOfSlurmsIsWithinItsJob() throws {
    let job = "slurm/uid_1000/job_7"
    let (memory, processors) = ("sys/fs/cgroup/memory/\(job)", "sys/fs/cgroup/cpu,cpuacct/\(job)")
    let noLimit = "9223372036854771712\n"
    let made = try machine([
      "proc/self/cgroup": """
      11:cpuset:/\(job)/step_0
      9:memory:/\(job)/step_0
      4:cpu,cpuacct:/\(job)/step_0
      1:name=systemd:/system.slice/slurmd.service

      """,
      "proc/self/mountinfo": Self.slurmMounts, "proc/self/status": Self.status,
      "sys/fs/cgroup/memory/memory.limit_in_bytes": noLimit,
      "\(memory)/step_0/memory.limit_in_bytes": noLimit, "\(memory)/step_0/memory.usage_in_bytes": "1500000\n",
      "\(memory)/memory.limit_in_bytes": "2000000\n", "\(memory)/memory.usage_in_bytes": "1600000\n",
      "\(memory)/memory.stat": "cache 9\ninactive_file 1\ntotal_cache 500000\ntotal_inactive_file 300000\n",
      "\(processors)/step_0/cpu.cfs_quota_us": "-1\n", "\(processors)/step_0/cpu.cfs_period_us": "100000\n",
      "\(processors)/cpu.cfs_quota_us": "350000\n", "\(processors)/cpu.cfs_period_us": "100000\n",
    ])
    #expect(made.memoryLimit == 2_000_000)
    #expect(made.availableMemory == 2_000_000 - (1_600_000 - 300_000))
    #expect(made.groups.processorQuota == 3.5 && made.processors == 4)
  }

  @Test func noLimitIsNone() throws {
    let made = try machine([
      "proc/self/cgroup": "9:memory:/a\n4:cpu,cpuacct:/a\n", "proc/self/mountinfo": Self.slurmMounts,
      "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "9223372036854771712",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "18446744073709551615",
      "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "-1", "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000",
    ])
    #expect(made.memoryLimit == nil && made.availableMemory == nil)
    #expect(made.groups.processorQuota == nil)
  }

  /// systemd's hybrid: version 2 keeps processes together, the controllers are version 1's.
  @Test func bothVersionsCount() throws {
    let made = try machine([
      "proc/self/cgroup": "9:memory:/a\n0::/a\n",
      "proc/self/mountinfo": Self.slurmMounts
        + "38 30 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "7000", "sys/fs/cgroup/memory/a/memory.usage_in_bytes": "3000",
      "sys/fs/cgroup/unified/a/cgroup.procs": "1\n", "sys/fs/cgroup/unified/a/cpu.max": "150000 100000",
      "sys/fs/cgroup/unified/a/memory.max": "9000", "sys/fs/cgroup/unified/a/memory.current": "8500",
    ])
    #expect(made.memoryLimit == 7000 && made.availableMemory == 500)
    #expect(made.groups.processorQuota == 1.5)
  }

  // MARK: Neither

  @Test func aMachineThatSaysNothing() throws {
    let made = try machine([:])
    #expect(made.memoryLimit == nil && made.availableMemory == nil && made.totalMemory == nil)
    #expect(made.peakMemory == nil && made.processorName == nil && made.load == nil)
    #expect(made.groups.processorQuota == nil && made.processors > 0)
  }

  @Test func whatMakesNoSenseLimitsNothing() throws {
    let made = try machine([
      "proc/self/cgroup": "\nnonsense\n0:\n0::/a\n:::::\n",
      "proc/self/mountinfo": "1 2 3 - cgroup2\n" + Self.unifiedMount,
      "proc/self/status": "Cpus_allowed:\t\n", "sys/fs/cgroup/a/memory.max": "much",
      "sys/fs/cgroup/a/cpu.max": "0 100000",
      "sys/fs/cgroup/cpu.max": "100000 0\n",
    ])
    #expect(made.memoryLimit == nil && made.groups.processorQuota == nil)
    #expect(made.processors > 0)
  }
}
