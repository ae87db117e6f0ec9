import ArgumentParser
import Engine
import Foundation
import History
import Options
import Reports
import System
import Terminal
import Views

/// `limn tokens`: who may use a server.
struct Tokens: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make, list and revoke tokens for `limn serve`.",
    discussion: """
      limn tokens create ada --role creator          a token for ada, who paints
      limn tokens create press --role viewer --expires 90d
      limn tokens create laptop --user ada           in the name of a user of this machine
      limn tokens revoke press

      A token is shown once; the history keeps its SHA-256 only. Programs send it as `Authorization: Bearer`, as \
      X-Api-Key, or as the password of Basic; people type it into the page.
      """,
    subcommands: [List.self, Create.self, Revoke.self], defaultSubcommand: List.self)

  /// `limn tokens create`
  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a token, and print it.")

    @Argument(help: "Who or what it is for; pictures are recorded under this name.")
    var name: String

    @Option(help: "What it may do at most: viewer, creator or admin (default: creator).")
    var role: Role?

    @Option(help: "In the name of this user of the machine, and never more than they may.")
    var user: String?

    @Option(help: "How long it lasts: 12h, 90d, 1y (default: until it is revoked).")
    var expires: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
      let seconds = try expires.map { text in
        guard let seconds = Moment.seconds(text), seconds > 0 else {
          throw UserError.request("--expires \(text.harmlessName) is no time such as 12h, 90d or 1y.")
        }
        return seconds
      }
      let history = try OpenHistory(requiring: .grantRoles)
      let person: Person
      if let user {
        guard let known = Person(named: user) else {
          throw UserError.request("This system has no user \"\(user.harmlessName)\".")
        }
        person = known
      } else {
        person = Person(userID: Token.webUser, name: name, groupIDs: [])
      }
      let role = role ?? (user == nil ? .creator : nil)
      let made = try history.store.createToken(
        name, for: person, role: role, lasting: seconds, by: history.access)
      if json {
        var record = TokenRecord(made.token)
        record.secret = made.secret
        print(try record.json)
      } else {
        print(made.secret)
        if Console.resultsAreWatched { Console.note("Keep it: it is not shown again.") }
      }
    }
  }

  /// `limn tokens list`
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the tokens (the default).")

    @Flag(help: "Print a JSON object a line.")
    var json = false

    func run() throws {
      let history = try OpenHistory(requiring: .grantRoles)
      for token in try history.store.tokens() {
        if json {
          print(try TokenRecord(token).json)
          continue
        }
        let used = token.lastUsedAt.map { "used \(Self.day($0))" } ?? "never used"
        let state =
          token.revokedAt.map { "revoked \(Self.day($0))" }
          ?? (token.isValid() ? token.expiresAt.map { "until \(Self.day($0))" } : "expired") ?? "valid"
        print(
          [
            token.id, TerminalText.padded(token.name.harmlessLine, to: 16),
            TerminalText.padded(token.userName.harmlessLine, to: 16), TerminalText.padded(token.role ?? "-", to: 8),
            TerminalText.padded(state, to: 24), used,
          ].joined(separator: "  "))
      }
    }

    private static func day(_ milliseconds: Int64) -> String { RunTable.time(Date(milliseconds: milliseconds)) }
  }

  /// `limn tokens revoke`
  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a token, and the sessions that were begun with it.")

    @Argument(help: "The token's id, or its name.")
    var name: String

    func run() throws {
      let history = try OpenHistory(requiring: .grantRoles)
      try history.store.revokeToken(name, by: history.access)
    }
  }
}

private struct TokenRecord: Encodable {
  let id: String
  let name: String
  let person: String
  let role: String?
  let createdAt: Int64
  let createdBy: String
  let expiresAt: Int64?
  let lastUsedAt: Int64?
  let revokedAt: Int64?
  var secret: String?

  init(_ token: Token) {
    id = token.id
    name = token.name
    person = token.userName
    role = token.role
    createdAt = token.createdAt
    createdBy = token.createdBy
    expiresAt = token.expiresAt
    lastUsedAt = token.lastUsedAt
    revokedAt = token.revokedAt
  }
}
