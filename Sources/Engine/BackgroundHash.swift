import Dispatch
import Families
import Synchronization

/// The hash of a model or a LoRA, worked out beside the painting.
package final class BackgroundHash: Sendable {
  private let result = Mutex<String?>(nil)
  private let done = DispatchSemaphore(value: 0)

  /// - Parameter cacheFolder: Where hashes are kept that were worked out before.
  package convenience init(_ path: String, cacheFolder: String) {
    let hash = ModelHash(cacheFolder: cacheFolder)
    self.init { hash(path) }
  }

  /// - Parameter path: Of a LoRA, which is named by twelve digits of its tensors.
  package convenience init(adapter path: String, cacheFolder: String) {
    let hash = ModelHash(cacheFolder: cacheFolder)
    self.init { hash.adapter(path) }
  }

  private init(_ hash: @escaping @Sendable () -> String?) {
    DispatchQueue.global(qos: .utility).async { [self] in
      let digits = hash()
      result.withLock { $0 = digits }
      done.signal()
    }
  }

  /// The digits where they are ready.
  package var digitsIfReady: String? { result.withLock { $0 } }

  /// The digits, waited for where they are not ready; nil where the file cannot be read.
  package var digits: String? {
    done.wait()
    done.signal()
    return result.withLock { $0 }
  }
}
