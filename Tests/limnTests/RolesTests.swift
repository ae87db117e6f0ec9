import Foundation
import History
import Testing

/// Every role meets every command.
@Suite struct RolesTests {
  /// A command with the permissions that it asks for.
  struct Case: Sendable {
    let arguments: [String]
    let permissions: Set<Permission>

    init(_ line: String, _ permissions: Permission...) {
      arguments = line.split(separator: " ").map { String($0).replacing("_", with: " ") }
      self.permissions = Set(permissions)
    }
  }

  static let cases: [Case] = [
    Case("a_fox --steps 1 -o fox.png", .paint),
    Case("a_fox --steps 2 -o fox.png --reference reference.png", .paint, .useReference),
    Case("a_fox --steps 1 -o fox.png --model MODEL", .paint, .chooseModel),
    Case("a_fox --steps 1 -o fox.png --no-history", .paint, .skipHistory),
    Case("batch prompts.txt -o out --steps 1", .paint),
    Case("batch prompts.txt -o out2 --steps 1 --no-history", .paint, .skipHistory),
    Case("batch prompts.txt -o out3 --steps 1 --model MODEL", .paint, .chooseModel),
    Case("enlarge reference.png --upscaler UPSCALER --factor 2", .paint, .useReference, .chooseModel),
    Case("a_fox --steps 1 -o fox.png --upscale 2 --upscaler UPSCALER", .paint, .chooseModel),
    Case("history", .seeOwnHistory),
    Case("history list --json", .seeOwnHistory),
    Case("history search fox", .seeOwnHistory),
    Case("history show 1", .seeOwnHistory),
    Case("history redo 1 -o again.png", .seeOwnHistory, .paint),
    Case("history rate 1 5", .judge),
    Case("history flag 1 kept", .judge),
    Case("history export -o runs.jsonl", .export),
    Case("history import empty.jsonl", .import),
    Case("history prune --older 1y", .prune),
    Case("history verify", .seeOwnHistory),
    Case("report --json", .seeOwnHistory),
    Case("roles list"), Case("roles whoami"),
    Case("roles grant viewer root", .grantRoles),
    Case("roles revoke paint root", .grantRoles),
    Case("tokens create press --role viewer", .grantRoles), Case("tokens list", .grantRoles),
    Case("tokens revoke press", .grantRoles),
    Case("guard policy"), Case("guard policy deny lemon", .changePolicy),
    Case("guard policy off --role viewer", .switchGuardrail),
    Case("models add MODEL --name mine", .manageModels),
    Case("models remove mine --yes", .manageModels),
    Case("styles"), Case("models"), Case("models list"), Case("models list --catalogue"), Case("models show default"),
    Case("licences"), Case("inspect reference.png"),
    Case("guard check a_fox"), Case("--version"),
  ]

  /// A folder whose history has another admin, and this user in a role.
  private func folder(_ role: Role?) throws -> TestFolder {
    let folder = try TestFolder()
    let store = try folder.openHistory()
    let keeper = try store.access(for: Person(userID: 1 << 30, name: "keeper", groupIDs: []))
    let me = Person.current
    if let role { try store.grant(.role(role), to: .user(id: me.userID, name: me.name), by: keeper) }
    var run = History.Run()
    (run.prompt, run.userID, run.userName) = ("a fox", me.userID, me.name)
    (run.outcome, run.exitStatus, run.seed, run.steps) = (.painted, 0, Seed(1), 1)
    try store.finish(&run)
    try folder.addReference()
    try folder.write(Array("a fox\n".utf8), to: "prompts.txt")
    try folder.write([], to: "empty.jsonl")
    return folder
  }

  @Test("role by role", arguments: [nil] + Role.allCases.map(Role?.some))
  func everyCommand(_ role: Role?) throws {
    let folder = try folder(role)
    let store = try folder.openHistory()
    let permissions = role?.permissions ?? []
    var refusals = 0
    for test in Self.cases {
      let arguments = test.arguments.map { word in
        switch word {
        case "MODEL": TestFolder.fixture("tiny").path
        case "UPSCALER": TestFolder.fixture("../Upscalers/compact.pth").standardizedFileURL.path
        default: word
        }
      }
      let run = try limn(arguments, in: folder)
      let missing = test.permissions.subtracting(permissions)
      let line = arguments.joined(separator: " ")
      #expect(run.status == (missing.isEmpty ? 0 : 4), "\(role.map(\.rawValue) ?? "nobody"): \(line): \(run.errors)")
      guard !missing.isEmpty else { continue }
      refusals += 1
      // With --json there is a record of the failure, and nothing else.
      let isTold = try arguments.contains("--json") && run.objects().allSatisfy { $0["code"] as? String == "forbidden" }
      #expect(run.output.isEmpty || isTold, "\(line)")
      #expect(run.errors.contains("may not ") && run.errors.contains("keeper can allow it"), "\(line)")
    }
    let forbidden = try store.audit().filter { $0.action == "forbidden" }
    #expect(forbidden.count == refusals)
    #expect(forbidden.allSatisfy { $0.userID == Int64(getuid()) })
    if role == nil { #expect(try folder.names.allSatisfy { !$0.hasSuffix("fox.png") && !$0.hasPrefix("out") }) }
  }

  @Test func theFirstUserIsAdmin() throws {
    let folder = try TestFolder()
    let who = try limn("roles", "whoami", "--json", in: folder)
    #expect(try who.objects().first?["role"] as? String == "admin")
    #expect(try limn("roles", "can", "prune", in: folder).status == 0)
    #expect(try limn("roles", "can", "fly", in: folder).status == 2)
    #expect(try limn("roles", "grant", "creator", "nobody-knows-them", in: folder).status == 2)
    #expect(try limn("roles", "revoke", "admin", Person.current.name, in: folder).status == 2, "the last one")
  }

  @Test func aPermissionIsGrantedAndRevoked() throws {
    let folder = try TestFolder()
    #expect(try limn("roles", "grant", "creator", "everyone", in: folder).status == 0)
    #expect(try limn("roles", "can", "paint", "nobody", in: folder).output == "nobody may paint\n")
    #expect(try limn("roles", "revoke", "paint", "nobody", in: folder).status == 0)
    let refused = try limn("roles", "can", "paint", "nobody", in: folder)
    #expect(refused.status == 4)
    #expect(refused.errors.contains("`limn roles grant paint nobody`"))
    #expect(try limn("roles", in: folder).lines.contains { $0.hasPrefix("nobody") && $0.contains("not paint") })
  }

  @Test func aViewerSeesFiguresButNoWordsOfOthers() throws {
    let folder = try folder(.viewer)
    let store = try folder.openHistory()
    var run = History.Run()
    (run.prompt, run.userID, run.userName, run.outcome) = ("a secret garden", 1 << 30, "keeper", .painted)
    try store.finish(&run)
    for arguments in [
      ["history"], ["history", "list", "--json"], ["history", "show", "2"], ["history", "list", "--csv"],
      ["history", "search", "garden"],
    ] {
      #expect(try !limn(arguments, in: folder).output.contains("secret"), "\(arguments)")
    }
    #expect(try limn("history", in: folder).lines.count == 3)
    #expect(try limn("history", "redo", "2", in: folder).status == 4)
  }
}
