import ArgumentParser
import Engine
import Foundation
import History
import Reports
import Terminal
import Views

/// `limn roles`: who may do what.
struct Roles: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "See and decide who may do what in this installation.",
    discussion: """
      limn roles grant creator ada         ada paints
      limn roles grant viewer @staff       the group staff looks at figures
      limn roles grant creator everyone
      limn roles revoke choose-model ada   but not with models of her own

      What is said of a person comes before what is said of their groups, and that before what is said of everyone.
      """,
    subcommands: [List.self, Grant.self, Revoke.self, Whoami.self, Can.self], defaultSubcommand: List.self)

  /// `limn roles list`
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List who was given what (the default).")

    @Flag(help: "Print a JSON object a line.")
    var json = false

    func run() throws {
      let history = try OpenHistory()
      for grant in try history.store.grants() {
        if json {
          print(try GrantRecord(grant).json)
        } else {
          let what = grant.isDenied ? "not \(grant.what)" : "\(grant.what)"
          let day = RunTable.time(grant.grantedAt)
          print(
            TerminalText.padded("\(grant.subject)", to: 16) + "  " + TerminalText.padded(what, to: 20)
              + "  by \(grant.grantedBy), \(day)")
        }
      }
    }
  }

  /// `limn roles grant`
  struct Grant: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Give a role or a single permission.")

    @Argument(help: "A role (viewer, creator, admin) or a permission (`limn roles can --help` lists them).")
    var what: String

    @Argument(help: "A user, a group as @name, or everyone.")
    var whom: String

    func run() throws {
      let (what, subject) = (try History.Grant.What(what), try History.Grant.Subject(whom))
      let history = try OpenHistory(requiring: .grantRoles)
      try history.store.grant(what, to: subject, by: history.access)
    }
  }

  /// `limn roles revoke`
  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a role or a permission away; a permission that comes with a role is denied from then on.")

    @Argument(help: "A role or a permission.")
    var what: String

    @Argument(help: "A user, a group as @name, or everyone.")
    var whom: String

    func run() throws {
      let (what, subject) = (try History.Grant.What(what), try History.Grant.Subject(whom))
      let history = try OpenHistory(requiring: .grantRoles)
      try history.store.revoke(what, from: subject, by: history.access)
    }
  }

  /// `limn roles whoami`
  struct Whoami: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say who you are here and what you may do.")

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
      let access = try OpenHistory().access
      let may = Permission.allCases.filter(access.allows)
      if json { return print(try AccessRecord(access).json) }
      print("\(access.person.name), \(access.role.map { "\($0.rawValue)" } ?? "no role")")
      let not = Permission.allCases.filter { !access.allows($0) }
      say("may", may.map(\.rawValue))
      say("may not", not.map(\.rawValue))
      if !not.isEmpty { say("ask", access.helpers) }
    }

    private func say(_ label: String, _ words: [String]) {
      let text = words.isEmpty ? "nothing" : words.joined(separator: " ")
      let width = Console.resultsAreWatched ? Console.size.columns - 9 : .max
      for (index, line) in TerminalText.wrapped(text, to: width).enumerated() {
        print(TerminalText.padded(index == 0 ? label : "", to: 9) + line)
      }
    }
  }

  /// `limn roles can`
  struct Can: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say whether somebody may do something; exit status 4 where not.",
      discussion: Permission.allCases.map {
        $0.rawValue.padding(toLength: 18, withPad: " ", startingAt: 0) + $0.phrase
      }.joined(separator: "\n"))

    @Argument(help: "The permission.")
    var permission: String

    @Argument(help: "The user (default: you).")
    var user: String?

    func run() throws {
      guard let permission = Permission(rawValue: permission) else {
        let all = Permission.allCases.map(\.rawValue).joined(separator: ", ")
        throw HistoryError.request("\"\(permission)\" is no permission; there are \(all).")
      }
      let history = try OpenHistory()
      var access = history.access
      if let user {
        guard let person = Person(named: user) else {
          throw HistoryError.request("This system has no user \"\(user)\".")
        }
        access = Access(person, grants: try history.store.grants())
      }
      // A question is no attempt: nothing goes into the audit.
      try access.require(permission)
      print("\(access.person.name) may \(permission.phrase)")
    }
  }
}

private struct GrantRecord: Encodable {
  let subject: String
  let what: String
  let isDenied: Bool
  let grantedBy: String
  let grantedAt: Int64

  init(_ grant: Grant) {
    subject = "\(grant.subject)"
    what = "\(grant.what)"
    isDenied = grant.isDenied
    grantedBy = grant.grantedBy
    grantedAt = grant.grantedAt.milliseconds
  }
}

private struct AccessRecord: Encodable {
  let user: String
  let role: String?
  let permissions: [String]

  init(_ access: Access) {
    user = access.person.name
    role = access.role?.rawValue
    permissions = Permission.allCases.filter(access.allows).map(\.rawValue)
  }
}
