import Foundation

/// Tells whether the process that began a run still lives.
///
/// A process number alone is given anew; with the kernel's boot, the number's name space and the process's start it is one
/// process for good (proc(5), field 22 of `/proc/PID/stat`).
package struct ProcessMark: Sendable, Equatable {
  package let processID: Int64
  /// `boot/namespace/start`.
  package let text: String

  /// This process.
  package static let current = ProcessMark(
    processID: Int64(ProcessInfo.processInfo.processIdentifier),
    text: "\(surroundings)/\(start(of: Int64(ProcessInfo.processInfo.processIdentifier)) ?? "")")

  /// Whether the process with that number and mark lives; nil where this process cannot know, as in another container.
  package static func isAlive(_ processID: Int64, mark: String) -> Bool? {
    let parts = mark.split(separator: "/", omittingEmptySubsequences: false)
    let here = surroundings.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, here.count == 2, parts[0] == here[0] else { return false }
    guard parts[1] == here[1] else { return nil }
    return start(of: processID) == String(parts[2])
  }

  private static let surroundings: String = {
    let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
    let space = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
    return "\(boot.prefix { $0 != "\n" })/\(space.filter(\.isNumber))"
  }()

  /// In clock ticks since the boot; nil where there is no such process, or only its remains.
  private static func start(of processID: Int64) -> String? {
    guard let line = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
      let name = line.lastIndex(of: ")")
    else { return nil }
    // The name may hold anything; after its last bracket come the state and numbers.
    let fields = line[line.index(after: name)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z" else { return nil }
    return String(fields[19])
  }
}
