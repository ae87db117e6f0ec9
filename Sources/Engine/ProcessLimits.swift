import Foundation
import System

/// What the system lets this process have.
package enum ProcessLimits {
  /// Files that may be open at a time: models in shards, a history, pictures.
  private static let files: rlim_t = 32
  /// Address space that the libraries take before anything is painted.
  private static let addressSpace: rlim_t = 512 << 20

  /// Ends with a sentence where there is less than any command needs: libraries stop without a word then.
  package static func check() {
    var limit = rlimit()
    if unsafe getrlimit(filesResource, &limit) == 0, limit.rlim_cur < files {
      limit.rlim_cur = min(files, limit.rlim_max)
      _ = unsafe setrlimit(filesResource, &limit)
      if limit.rlim_cur < files {
        refuse("Only \(limit.rlim_cur) files may be open at a time, and limn needs \(files): raise `ulimit -n`.")
      }
    }
    if unsafe getrlimit(addressResource, &limit) == 0, limit.rlim_cur < addressSpace {
      let there = ByteCount(Int(limit.rlim_cur)).rounded(.down)
      refuse(
        "Only \(there) of address space are left to limn, and it needs \(ByteCount(Int(addressSpace))): raise `ulimit -v`."
      )
    }
  }

  #if canImport(Glibc)
    private static let filesResource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    private static let addressResource = __rlimit_resource_t(RLIMIT_AS.rawValue)
  #else
    private static let filesResource = RLIMIT_NOFILE
    private static let addressResource = RLIMIT_AS
  #endif

  private static func refuse(_ sentence: String) -> Never {
    let bytes = Array("limn: \(sentence)\n".utf8)
    _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
    _exit(ExitStatus.resources.rawValue)
  }

  /// Ends the process when everything printed has gone out. Destructors of libraries are left out: OpenBLAS's waits for
  /// threads that, short of memory, never end.
  package static func end(_ status: Int32) -> Never {
    fflush(nil)
    _exit(status)
  }
}
