import Dispatch
import Generation
import Synchronization

/// The model's hash, worked out beside the painting.
final class BackgroundHash: Sendable {
  private let result = Mutex<String?>(nil)
  private let done = DispatchSemaphore(value: 0)

  init(_ path: String) {
    let hash = ModelHash(cacheFolder: Installation.cacheFolder)
    DispatchQueue.global(qos: .utility).async { [self] in
      let digits = hash(path)
      result.withLock { $0 = digits }
      done.signal()
    }
  }

  /// Ten digits where they are ready.
  var digitsIfReady: String? { result.withLock { $0 } }

  /// Ten digits, waited for where they are not ready; nil where the file cannot be read.
  var digits: String? {
    done.wait()
    done.signal()
    return result.withLock { $0 }
  }
}
