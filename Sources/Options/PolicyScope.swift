import ArgumentParser
import Engine
import Guardrail
import History
import Images
import System
import Terminal

/// For whom the policy is changed.
package struct PolicyScope: ParsableArguments, Sendable {
  @Option(help: "For one role only: \(Role.names).")
  package var role: Role?

  /// Changes the policy file. The audit hears of it first: a change that cannot be recorded is not made.
  package func make(_ change: PolicyChange) throws {
    // Whoever may not make it leaves no trace beside the policy.
    let history = try OpenHistory()
    try history.require(planned(change).permission)
    try Installation.current.makePolicyFolder()
    let changed = try PolicyLock.holding(Installation.current.policyPath) {
      // Somebody else's change may have come in between.
      let plan = try planned(change)
      try history.require(plan.permission)
      try history.store.append(
        AuditEvent(
          plan.permission == .switchGuardrail ? .guardrail : .policy, subject: role?.rawValue ?? "everybody",
          detail: plan.description), by: history.access)
      try AtomicFile.saveOwn(Array(plan.changed.data), to: Installation.current.policyPath)
      return plan.changed
    }
    let apart = role == nil ? change.rolesApart(in: changed) : []
    if !apart.isEmpty {
      Console.note("Roles keep what is set for them: \(apart.joined(separator: ", ")). --role changes it.")
    }
  }

  /// What a change makes of the policy as it is now.
  private struct Plan {
    let changed: Policy
    let description: String
    let permission: Permission
  }

  private func planned(_ change: PolicyChange) throws -> Plan {
    let policy: Policy
    do {
      policy = try Installation.current.policy()
    } catch {
      // Of a damaged policy nothing but its end can be asked.
      guard change == .reset, role == nil else { throw error }
      policy = Policy()
    }
    let (changed, description): (Policy, String)
    do {
      (changed, description) = try change.applied(to: policy, role: role?.rawValue)
    } catch {
      throw UserError.request("\(error)")
    }
    let isSwitched = changed.strictness(for: role?.rawValue).isOff != policy.strictness(for: role?.rawValue).isOff
    return Plan(
      changed: changed, description: description,
      permission: change.isSwitch || isSwitched ? .switchGuardrail : .changePolicy)
  }

  package init() {}
}
extension Role: ExpressibleByArgument {
  package static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension Category: ExpressibleByArgument {}
extension UnsafePictures: ExpressibleByArgument {}
