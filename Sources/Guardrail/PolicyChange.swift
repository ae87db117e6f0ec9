/// One change of a policy, for everybody or for a role, and how the record of it reads.
package enum PolicyChange: Sendable, Equatable {
  /// Numbers that are nil stay as they are.
  case thresholds(Category, block: Double?, warn: Double?)
  case allow(String, isRemoved: Bool)
  case deny(String, isRemoved: Bool)
  case switched(isOff: Bool)
  /// What becomes of pictures that the model's own safety checker objects to.
  case unsafePictures(UnsafePictures)
  /// How likely a picture may show nudity for the filter to let it pass.
  case pictureLimit(Double)
  /// Back to what holds without a policy.
  case reset

  /// Whether it switches the guardrail on or off, for which another permission is needed than for the rest.
  package var isSwitch: Bool { if case .switched = self { true } else { false } }

  /// The roles that keep what they have when everybody is reset or switched, as ``Policy/apart`` names them.
  package func rolesApart(in policy: Policy) -> [String] {
    switch self {
    case .reset: policy.apart
    case .switched: policy.apart { $0.ownSwitch != nil }
    default: []
    }
  }

  /// - Parameter role: nil for everybody.
  /// - Returns: the changed policy, and what changed, from what to what.
  /// - Throws: `GuardrailError.policy` for thresholds that make no sense or a phrase that is not there.
  package func applied(
    to policy: Policy, role: String?
  ) throws(GuardrailError) -> (policy: Policy, description: String) {
    var changed = policy
    var strictness = role.map { policy.roles[$0] ?? Policy.Strictness() } ?? policy.everybody
    var description = try apply(to: &strictness, otherwise: role == nil ? nil : policy.everybody)
    if let role {
      changed.roles[role] = strictness == Policy.Strictness() ? nil : strictness
    } else {
      changed.everybody = strictness
      let apart = rolesApart(in: changed)
      if !apart.isEmpty { description += ", apart from \(apart.joined(separator: ", "))" }
    }
    try changed.validate()
    return (changed, description)
  }

  private func apply(
    to strictness: inout Policy.Strictness, otherwise everybody: Policy.Strictness?
  ) throws(GuardrailError) -> String {
    switch self {
    case .thresholds(let category, let block, let warn):
      let before =
        strictness.thresholds[category] ?? everybody?.thresholds[category] ?? Policy.standard(for: category)
      var after = before
      after.block = block ?? before.block
      after.warn = warn ?? min(before.warn, after.block)
      strictness.thresholds[category] = after
      return "\(category.rawValue): block \(before.block) to \(after.block), warn \(before.warn) to \(after.warn)"
    case .allow(let phrase, let isRemoved):
      return try Self.edit(&strictness.allow, phrase, isRemoved, "allow")
    case .deny(let phrase, let isRemoved):
      return try Self.edit(&strictness.deny, phrase, isRemoved, "deny")
    case .switched(let isOff):
      let before = strictness.ownSwitch ?? everybody?.isOff ?? false
      strictness.ownSwitch = isOff
      return "\(before ? "off" : "on") to \(isOff ? "off" : "on")"
    case .unsafePictures(let wanted):
      let before = strictness.unsafePictures ?? everybody?.unsafePictures ?? .withhold
      strictness.unsafePictures = wanted
      return "unsafe pictures: \(before.rawValue) to \(wanted.rawValue)"
    case .pictureLimit(let wanted):
      let before = strictness.pictureLimit ?? everybody?.pictureLimit ?? Policy.standardPictureLimit
      strictness.pictureLimit = wanted
      return "picture filter: from above \(before) to above \(wanted)"
    case .reset:
      strictness = Policy.Strictness()
      return "back to the standard"
    }
  }

  private static func edit(
    _ list: inout [String], _ phrase: String, _ isRemoved: Bool, _ name: String
  ) throws(GuardrailError) -> String {
    let phrase = String(phrase[...].trimmed)
    if isRemoved {
      guard let index = list.firstIndex(of: phrase) else {
        throw .policy("“\(phrase)” is not on the \(name) list; `limn guard policy show` prints it.")
      }
      list.remove(at: index)
    } else if !list.contains(phrase) {
      list.append(phrase)
    }
    return "\(name) list \(isRemoved ? "without" : "with") “\(phrase)”"
  }
}
