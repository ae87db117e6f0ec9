/// What a person may be allowed to do; the raw value is what `limn roles grant` takes.
package enum Permission: String, Sendable, Codable, CaseIterable {
  case paint
  case useReference = "use-reference"
  case chooseModel = "choose-model"
  /// Fetch, add and remove models.
  case manageModels = "manage-models"
  case seeOwnHistory = "see-own-history"
  case seeAllHistory = "see-all-history"
  /// Other people's prompts, not only the figures of their runs. One's own are always shown.
  case seePrompts = "see-prompts"
  /// Rate and flag the runs that one sees.
  case judge
  /// Take the runs that one sees elsewhere.
  case export
  case `import`
  case prune
  /// Paint with `--no-history`.
  case skipHistory = "skip-history"
  case changePolicy = "change-policy"
  case switchGuardrail = "switch-guardrail"
  case grantRoles = "grant-roles"

  /// As the end of "ada may not …".
  package var phrase: String {
    switch self {
    case .paint: "paint"
    case .useReference: "start from a reference picture"
    case .chooseModel: "choose a model"
    case .manageModels: "fetch, add or remove models"
    case .seeOwnHistory: "see the history"
    case .seeAllHistory: "see the history of others"
    case .seePrompts: "see the prompts of others"
    case .judge: "rate or flag pictures"
    case .export: "export the history"
    case .import: "import a history"
    case .prune: "remove runs from the history"
    case .skipHistory: "paint without history"
    case .changePolicy: "change the guardrail's policy"
    case .switchGuardrail: "switch the guardrail on or off"
    case .grantRoles: "grant or revoke roles"
    }
  }
}

/// A name for a set of permissions, the later ones wider.
package enum Role: String, Sendable, Codable, CaseIterable, Comparable {
  /// Looks at figures.
  case viewer
  /// Paints, and sees what they painted.
  case creator
  case admin

  package var permissions: Set<Permission> {
    switch self {
    case .viewer: [.seeOwnHistory, .seeAllHistory]
    case .creator: [.paint, .useReference, .chooseModel, .seeOwnHistory, .judge, .export]
    case .admin: Set(Permission.allCases)
    }
  }

  package static func < (left: Role, right: Role) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }
}
