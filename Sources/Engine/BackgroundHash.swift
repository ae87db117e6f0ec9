import Dispatch
import Families
import Synchronization

/// A model's hash, worked out beside the painting.
package final class BackgroundHash: Sendable {
  private let result = Mutex<String?>(nil)
  private let done = DispatchSemaphore(value: 0)

  /// - Parameter cacheFolder: Where hashes are kept that were worked out before.
  package init(_ path: String, cacheFolder: String) {
    let hash = ModelHash(cacheFolder: cacheFolder)
    DispatchQueue.global(qos: .utility).async { [self] in
      let digits = hash(path)
      result.withLock { $0 = digits }
      done.signal()
    }
  }

  /// Ten digits where they are ready.
  package var digitsIfReady: String? { result.withLock { $0 } }

  /// Ten digits, waited for where they are not ready; nil where the file cannot be read.
  package var digits: String? {
    done.wait()
    done.signal()
    return result.withLock { $0 }
  }
}
