/// What one person may do here, and who could allow them more.
package struct Access: Sendable {
  package let person: Person
  /// Nil where nobody gave them one.
  package let role: Role?
  package let permissions: Set<Permission>
  /// Who can grant roles: users as `ada`, groups as `@staff`.
  package let helpers: [String]
  /// The history had an owner and has no admin; ``helpers`` can take it up.
  fileprivate let isBegunAnew: Bool

  /// What the grants say of a person: the nearest grant decides; at the same distance the wider role, and refusals before
  /// permissions.
  package init(_ person: Person, grants: [Grant]) {
    let own = grants.filter { $0.subject.includes(person) }
    var (role, nearest): (Role?, Int) = (nil, .max)
    for case (.role(let granted), let nearness) in own.map({ ($0.what, $0.subject.nearness) }) {
      if nearness < nearest || nearness == nearest && granted > (role ?? .viewer) { role = granted }
      nearest = min(nearest, nearness)
    }
    var permissions = role?.permissions ?? []
    for nearness in [2, 1, 0] {
      for isDenied in [false, true] {
        for grant in own where grant.subject.nearness == nearness && grant.isDenied == isDenied {
          guard case .permission(let permission) = grant.what else { continue }
          if isDenied { permissions.remove(permission) } else { permissions.insert(permission) }
        }
      }
    }
    isBegunAnew = false
    self.person = person
    self.role = role
    self.permissions = permissions
    helpers = grants.filter {
      !$0.isDenied && ($0.what == .role(.admin) || $0.what == .permission(.grantRoles)) && $0.subject != .everyone
    }.map(\.subject.description)
  }

  /// Where roles cannot be read: painting goes on, what is others' stays closed.
  package init(withoutHistory person: Person) {
    self.person = person
    role = nil
    permissions = Role.creator.permissions
    helpers = []
    isBegunAnew = false
  }

  /// Where nobody is admin of a history that had one: nothing is allowed until a former admin comes.
  init(_ person: Person, begunAnewBy former: [String]) {
    self.person = person
    role = nil
    permissions = []
    helpers = former
    isBegunAnew = true
  }

  private init(_ access: Access, role: Role?, permissions: Set<Permission>) {
    person = access.person
    self.role = role
    self.permissions = permissions
    helpers = access.helpers
    isBegunAnew = access.isBegunAnew
  }

  /// The same without what a role does not give; nil narrows nothing.
  package func narrowed(to role: Role?) -> Access {
    guard let role else { return self }
    return Access(self, role: min(self.role ?? role, role), permissions: permissions.intersection(role.permissions))
  }

  package func allows(_ permission: Permission) -> Bool { permissions.contains(permission) }

  package func require(_ permission: Permission) throws(Forbidden) {
    guard allows(permission) else { throw Forbidden(permission: permission, access: self) }
  }
}

/// Somebody may not do what they asked for: exit status 4.
package struct Forbidden: Error, Sendable, CustomStringConvertible {
  package let permission: Permission
  package let access: Access

  package init(permission: Permission, access: Access) {
    self.permission = permission
    self.access = access
  }

  package var description: String {
    let name = access.person.name
    let who =
      access.role.map { "\(name), a\($0 == .admin ? "n" : "") \($0.rawValue) here," }
      ?? "\(name), who has no role here,"
    guard !access.isBegunAnew else {
      return
        "\(who) may not \(permission.phrase): this history was begun anew, and only \(access.helpers.formatted) can take it up (`limn roles whoami` does)."
    }
    let command = "`limn roles grant \(permission.rawValue) \(name)`"
    guard !access.allows(.grantRoles) else {
      return "\(who) may not \(permission.phrase), but may allow it: \(command)."
    }
    let others = access.helpers.filter { $0 != name }
    guard !others.isEmpty else {
      return
        "\(who) may not \(permission.phrase), and nobody is known who could allow it: the history may be unreadable."
    }
    return "\(who) may not \(permission.phrase). \(others.formatted) can allow it: \(command)."
  }
}

extension [String] {
  /// "ada", "ada or grace", "ada, alan or grace".
  fileprivate var formatted: String {
    count < 2 ? joined() : dropLast().joined(separator: ", ") + " or \(self[count - 1])"
  }
}
