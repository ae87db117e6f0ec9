import Foundation
import Guardrail
import History
import Synchronization

/// The guardrail for each role that asks, loaded when it first does, and again when the policy has changed.
final class LoadedGuardrails: Sendable {
  private let installation: Installation
  private let known = Mutex<[Role?: (policy: PolicyStamp, guardrail: Guardrail)]>([:])

  init(_ installation: Installation) { self.installation = installation }

  /// - Throws: `GuardrailError`
  func guardrail(for role: Role?) throws -> Guardrail {
    // A server lives longer than a policy.
    let stamp = PolicyStamp(installation.policyPath)
    return try known.withLock { known in
      if let entry = known[role], entry.policy == stamp { return entry.guardrail }
      let loaded = try installation.guardrail(role: role)
      known[role] = (stamp, loaded)
      return loaded
    }
  }

  func release() { known.withLock { $0 = [:] } }
}

/// Tells a file from what it was before.
private struct PolicyStamp: Equatable {
  private let size: Int?
  private let number: Int?
  private let changed: Date?

  init(_ path: String) {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    size = attributes?[.size] as? Int
    number = attributes?[.systemFileNumber] as? Int
    changed = attributes?[.modificationDate] as? Date
  }
}
