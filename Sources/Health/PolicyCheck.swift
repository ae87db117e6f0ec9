import Engine
import Foundation
import Guardrail
import History

/// For whom the policy switches the guardrail off.
package enum PolicyCheck {
  /// Nothing for a policy that cannot be read: then the guardrail does not work, which ``ModelCheck`` finds.
  package static var findings: [Finding] {
    guard let policy = try? Installation.current.policy() else { return [] }
    let roles = Role.allCases.map(\.rawValue).filter { policy.strictness(for: $0).isOff }
    guard policy.everybody.isOff || !roles.isEmpty else {
      let isStandard = policy == Policy()
      return [
        Finding(
          "guardrail", "policy",
          isStandard ? "the standard one" : "\(Installation.current.policyPath), on for everybody")
      ]
    }
    let others = Role.allCases.map(\.rawValue).filter { !roles.contains($0) }
    let who =
      policy.everybody.isOff
      ? "everybody" + (others.isEmpty ? "" : " but \(others.joined(separator: ", "))") : roles.joined(separator: ", ")
    return [
      Finding(
        "guardrail", "policy", "\(Installation.current.policyPath), off for \(who)", .note,
        advice:
          "There only what no policy lifts is refused, and nobody looks at pictures. `limn guard policy on` switches it on, for a role with --role."
      )
    ]
  }
}
