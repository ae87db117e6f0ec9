import Crypto
import Foundation
import Synchronization

/// Who came with which secret a moment ago, so that not every request has to ask the disk. What other programs change about
/// tokens holds within ``seconds``, what this one does at once.
final class KnownCallers: Sendable {
  private static let seconds = 1.0
  private static let most = 4096

  private struct State {
    var callers: [[UInt8]: (caller: Caller, until: Date)] = [:]
    /// Answers that were on their way when everything was forgotten are not kept.
    var epoch = 0
  }

  private let state = Mutex(State())

  /// Who has a secret, asked of `find` where that is not known.
  func caller(_ secret: String, find: @escaping @Sendable () throws -> Caller?) async throws -> Caller? {
    let hash = Array(SHA256.hash(data: Data(secret.utf8)))
    let (known, epoch) = state.withLock { state in
      (state.callers[hash].flatMap { $0.until > Date() ? $0.caller : nil }, state.epoch)
    }
    if let known { return known }
    guard let found = try await Background.run(find) else { return nil }
    state.withLock { state in
      guard state.epoch == epoch else { return }
      if state.callers.count >= Self.most { state.callers.removeAll() }
      state.callers[hash] = (found, Date(timeIntervalSinceNow: Self.seconds))
    }
    return found
  }

  /// After tokens, sessions or roles were changed.
  func forget() {
    state.withLock { state in
      state.callers.removeAll()
      state.epoch += 1
    }
  }
}
