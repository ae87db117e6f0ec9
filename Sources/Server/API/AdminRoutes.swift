import Engine
import Foundation
import Guardrail
import HTTPTypes
import Health
import History
import HummingbirdCore
import JSON
import Reports
import System

/// What whoever looks after an installation sees and decides.
struct AdminRoutes {
  let backend: Backend

  func add(to router: inout Router) {
    router.get("/api/v1/report") { request, context in try await report(request, context) }
    router.get("/api/v1/models") { _, context in try await models(context) }
    router.get("/api/v1/health") { _, context in try await health(context) }
    router.get("/api/v1/people") { _, context in try await people(context) }
    router.put("/api/v1/people/:name") { request, context in try await setRole(request, context) }
    router.get("/api/v1/tokens") { _, context in try await tokens(context) }
    router.post("/api/v1/tokens") { request, context in try await createToken(request, context) }
    router.delete("/api/v1/tokens/:id") { _, context in try await revokeToken(context) }
    router.get("/api/v1/audit") { request, context in try await audit(request, context) }
    router.post("/api/v1/guard/check") { request, context in try await check(request, context) }
    router.get("/api/v1/policy") { _, context in try await policy(context) }
  }

  // MARK: Figures

  private func report(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.requireCaller()
    let seesAll = caller.allows(.seeAllHistory)
    try caller.require(seesAll ? .seeAllHistory : .seeOwnHistory)
    let period = request.query["period"] ?? "month"
    guard let days = ["day": "1d", "week": "7d", "month": "30d", "year": "365d"][period],
      let since = Day(wish: days, now: Date(), in: Calendar(identifier: .gregorian))
    else { throw Fault.request("The period is day, week, month or year.", field: "period") }
    var wish = ReportRequest(since: since, until: nil, style: nil, model: nil, unit: nil, software: Version.tool)
    wish.user = seesAll ? nil : .numbered(caller.person.userID, name: caller.person.name)
    wish.showsPrompts = !seesAll || caller.allows(.seePrompts)
    let store = backend.store
    let person = caller.person
    let json = try await Background.run { [wish] in
      var report = try Report(wish, from: store)
      // They name files of the machine; /api/v1/pictures has them.
      report.pictures = []
      var members = try JSONValue(parsing: Array(report.json.utf8)).object ?? [:]
      let today = try store.activity(of: seesAll ? nil : person, since: Calendar.current.startOfDay(for: Date()))
      let counts = seesAll ? backend.queue.counts : backend.queue.counts(of: person)
      members["live"] = [
        "waiting": .integer(counts.waiting), "painting": .integer(counts.painting),
        "people_today": .integer(today.people), "pictures_today": .integer(today.pictures),
      ]
      return JSONValue.object(members)
    }
    return Response(json: json)
  }

  private func health(_ context: ServerContext) async throws -> Response {
    _ = try context.require(.changePolicy)
    let catalog = backend.installation.catalog
    let findings = try await Background.run {
      let models = ModelCheck(catalog, isThorough: false)
      return LibraryCheck.findings + ProcessorCheck.findings + RoomCheck.memory(needed: models.bytesNeeded)
        + RoomCheck.disks + models.findings + PolicyCheck.findings + HistoryCheck.findings(isThorough: false)
    }
    let counts = backend.queue.counts
    return Response(json: [
      "is_well": .bool(findings.allSatisfy { $0.state != .wrong }), "version": .string(Version.number),
      "server": [
        "started": .string(backend.started.iso8601),
        "uptime_seconds": .integer(Int(-backend.started.timeIntervalSinceNow)),
        "memory_bytes": Machine.current.residentMemory.map(JSONValue.integer) ?? .null,
        "memory_limit_bytes": .integer(backend.queue.settings.limit.bytes), "waiting": .integer(counts.waiting),
        "painting": .integer(counts.painting), "model": .string(backend.catalogue.defaultName),
      ],
      "findings": .array(
        findings.map { finding in
          [
            "section": .string(finding.section), "name": .string(finding.name), "state": .string("\(finding.state)"),
            "found": .string(finding.found.withoutPaths),
            "advice": finding.advice.map { .string($0.withoutPaths) } ?? .null,
          ]
        }),
    ])
  }

  private func models(_ context: ServerContext) async throws -> Response {
    _ = try context.require(.chooseModel)
    let catalogue = backend.catalogue
    let entries = try await Background.run { catalogue.entries.map { ($0, $0.bytes) } }
    let loaded = backend.queue.loadedModel
    let (controls, restyles) = (!backend.queue.settings.controlModels.isEmpty, backend.abilities.contains(.restyle))
    return Response(json: [
      "models": .array(
        entries.map { entry, bytes in
          var json =
            entry.json(
              isDefault: entry.name == catalogue.defaultName, controls: controls, restyles: restyles
            ).object ?? [:]
          json["bytes"] = bytes.map(JSONValue.integer) ?? .null
          json["loaded"] = .bool(entry.name == loaded)
          // Models are brought in on the command line alone.
          json["pull"] = .null
          return .object(json)
        })
    ])
  }

  private func audit(_ request: Request, _ context: ServerContext) async throws -> Response {
    _ = try context.require(.changePolicy)
    let before = request.query["before"].flatMap { Int64($0) }
    let store = backend.store
    let (entries, check) = try await Background.run {
      (try store.audit(before: before, limit: 100), before == nil ? try store.checkAudit() : nil)
    }
    return Response(json: [
      "rows": .array(
        entries.map { entry in
          [
            "number": .integer(Int(entry.position)), "at": .string(Date(milliseconds: entry.at).iso8601),
            "person": .string(entry.userName), "role": .string(entry.role), "action": .string(entry.action),
            "subject": .string(entry.subject),
            "detail": .string(
              [entry.subject, entry.detail.withoutPaths].filter { !$0.isEmpty }.joined(separator: ": ")),
          ]
        }), "next": entries.count == 100 ? .integer(Int(entries[99].position)) : .null,
      "whole": check.map { .bool($0.faults.isEmpty) } ?? .null,
      "head": check?.head.map { .string("\($0)") } ?? .null,
    ])
  }

  // MARK: People

  private func people(_ context: ServerContext) async throws -> Response {
    _ = try context.require(.grantRoles)
    let store = backend.store
    let people = try await Background.run { try People(store).all }
    let today = Calendar.current.startOfDay(for: Date())
    return Response(json: [
      "people": .array(
        try people.map { person in
          let used = try person.person.map { try store.usage(of: $0, since: today).pictures }
          return [
            "name": .string(person.name), "role": person.role.map(JSONValue.string) ?? .null,
            "granted_by": .string(person.grantedBy), "last_seen": person.lastSeen.map { .string($0.iso8601) } ?? .null,
            "pictures_today": used.map(JSONValue.integer) ?? .null,
            "quota": ["pictures": backend.queue.settings.picturesADay.map(JSONValue.integer) ?? .null],
          ]
        }),
      "roles": .array(
        Role.allCases.map { role in
          [
            "name": .string(role.rawValue),
            "permissions": .array(Permission.allCases.filter(role.permissions.contains).map { .string($0.rawValue) }),
          ]
        }),
    ])
  }

  private func setRole(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.grantRoles)
    var request = request
    let encoded = try context.parameters.require("name")
    let name = encoded.removingPercentEncoding ?? encoded
    guard let role = try await request.json()["role"]?.string.flatMap(Role.init(rawValue:)) else {
      throw Fault.request("A role is viewer, creator or admin.", field: "role")
    }
    let store = backend.store
    if try store.tokens().contains(where: { $0.userID == Token.webUser && $0.userName == name && $0.revokedAt == nil })
    {
      try store.setRole(role, ofWebUser: name, by: caller.access)
    } else {
      let subject = try Grant.Subject(name)
      try store.grant(.role(role), to: subject, by: caller.access)
      for grant in try store.grants() where grant.subject == subject && !grant.isDenied && grant.what != .role(role) {
        if case .role = grant.what { try store.revoke(grant.what, from: subject, by: caller.access) }
      }
    }
    backend.known.forget()
    return Response(json: ["name": .string(name), "role": .string(role.rawValue)])
  }

  // MARK: Tokens

  private func tokens(_ context: ServerContext) async throws -> Response {
    _ = try context.require(.grantRoles)
    return Response(json: ["tokens": .array(try backend.store.tokens().filter { $0.isValid() }.map(\.json))])
  }

  private func createToken(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.grantRoles)
    var request = request
    let body = try await request.json()
    guard let name = body["name"]?.string, (1...100).contains(name.count) else {
      throw Fault.request("A token has a name of 1 to 100 characters.", field: "name")
    }
    guard let role = Role(rawValue: body["role"]?.string ?? Role.creator.rawValue) else {
      throw Fault.request("A role is viewer, creator or admin.", field: "role")
    }
    let days = body["days"]?.double
    guard days.map({ (0.001...36_500).contains($0) }) ?? true else {
      throw Fault.request("A token expires after up to 36500 days.", field: "days")
    }
    let person = Person(userID: Token.webUser, name: body["person"]?.string ?? name, groupIDs: [])
    let made = try backend.store.createToken(
      name, for: person, role: role, lasting: days.map { $0 * 86_400 }, by: caller.access)
    var json = made.token.json.object ?? [:]
    json["token"] = .string(made.secret)
    return Response(json: .object(json), status: .created)
  }

  private func revokeToken(_ context: ServerContext) async throws -> Response {
    let caller = try context.require(.grantRoles)
    let id = try context.parameters.require("id")
    guard try backend.store.token(id: id)?.revokedAt == nil else { throw Fault.notFound("such token") }
    try backend.store.revokeToken(id, by: caller.access)
    backend.known.forget()
    return .noContent
  }

  // MARK: Guardrail

  private func check(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.changePolicy)
    var request = request
    let body = try await request.json()
    guard let prompt = body["prompt"]?.string, prompt.count <= RequestLimits.prompt else {
      throw Fault.request("Name a `prompt` to try.", field: "prompt")
    }
    for name in ["negative", "role"] where body[name].map({ $0 != .null && $0.string == nil }) ?? false {
      throw Fault.request("`\(name)` is a text.", field: name)
    }
    let role = body["role"]?.string.flatMap(Role.init(rawValue:))
    let installation = backend.installation
    let json = try await Background.run {
      let guardrail = try installation.guardrail(role: role ?? caller.access.role)
      let verdict = guardrail.check(prompt)
      var members = (try JSONValue(parsing: Array(verdict.json.utf8))).object ?? [:]
      members["read_as"] = .string(guardrail.normalised(prompt).plain)
      do {
        _ = try guardrail.approve(prompt: prompt, negative: body["negative"]?.string)
        members["answer"] = .null
      } catch {
        members["answer"] = .string("\(error)")
      }
      return JSONValue.object(members)
    }
    return Response(json: json)
  }

  private func policy(_ context: ServerContext) async throws -> Response {
    _ = try context.require(.changePolicy)
    let policy = try backend.installation.policy()
    let everybody = policy.everybody
    return Response(json: [
      "switch": everybody.isOff ? "off" : "on",
      "pictures": everybody.unsafePictures == .blur ? "blur" : "withhold",
      "thresholds": .array(
        Category.allCases.map { category in
          let thresholds = everybody.thresholds[category] ?? Policy.standard(for: category)
          return [
            "category": .string(category.rawValue), "block": .number(thresholds.block),
            "warn": .number(thresholds.warn),
          ]
        }), "allow": .array(everybody.allow.map(JSONValue.string)),
      "deny": .array(everybody.deny.map(JSONValue.string)),
      "roles": .array(policy.roles.keys.sorted().map(JSONValue.string)),
    ])
  }
}

extension Token {
  fileprivate var json: JSONValue {
    func time(_ value: Int64?) -> JSONValue { value.map { .string(Date(milliseconds: $0).iso8601) } ?? .null }
    return [
      "id": .string(id), "name": .string(name), "person": .string(userName),
      "role": role.map(JSONValue.string) ?? .null, "created": time(createdAt), "created_by": .string(createdBy),
      "expires": time(expiresAt), "last_used": time(lastUsedAt), "revoked": time(revokedAt),
    ]
  }
}

extension String {
  /// Names of files without the folders that they lie in.
  fileprivate var withoutPaths: String {
    replacing(/(?:\/[^\/\s,;:"]+)+\/([^\/\s,;:"]+)/) { match in String(match.1) }
  }
}
