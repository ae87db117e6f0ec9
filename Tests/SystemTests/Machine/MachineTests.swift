import Testing

@testable import System

@Suite struct MachineTests {
  private let machine = MadeUpMachines()

  @Test(
    "processors by the affinity mask",
    arguments: [
      ("1", 1), ("ff", 8), ("0000000f,ffffffff", 36), ("00000000,00000000,aaaaaaaa", 16), ("80000000,00000001", 2),
      ("F0", 4),
    ])
  func masks(_ mask: String, _ count: Int) throws {
    let status = "Name:\tlimn\nCpus_allowed:\t\(mask)\nCpus_allowed_list:\t0-63\n"
    #expect(try machine(["proc/self/status": status]).processors == count)
  }

  @Test(
    "a quota is rounded up, and no more than the mask allows",
    arguments: [
      ("10000 100000", 1), ("100001 100000", 2), ("400000 100000", 4), ("9900000 100000", 4), ("max 100000", 4),
    ])
  func quotas(_ quota: String, _ count: Int) throws {
    let made = try machine([
      "proc/self/status": "Cpus_allowed:\tf\n", "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": quota,
    ])
    #expect(made.processors == count)
  }

  @Test func factsAreRead() throws {
    let made = try machine([
      "proc/meminfo": "MemTotal:       16384 kB\nMemFree:  1 kB\nMemAvailable:    8192 kB\n",
      "proc/self/status": "VmPeak:\t 900 kB\nVmHWM:\t  2048 kB\n",
      "proc/cpuinfo": "processor\t: 0\nmodel name\t: Made Up 3000 @ 3GHz\nflags\t: fpu\n",
      "proc/loadavg": "0.52 0.58 0.59 1/467 12345\n",
    ])
    #expect(made.totalMemory == 16 << 20 && made.availableMemory == 8 << 20)
    #expect(made.peakMemory == 2 << 20)
    #expect(made.processorName == "Made Up 3000 @ 3GHz" && made.load == "0.52")
  }

  @Test func thisMachineHasSomeOfEverything() {
    let made = Machine.current
    #expect((made.totalMemory ?? 0) > 1 << 20 && (made.availableMemory ?? 0) > 0)
    #expect((made.peakMemory ?? 0) > 1 << 20 && made.processors > 0)
  }
}
