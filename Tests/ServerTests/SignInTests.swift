import Foundation
import GRDB
import History
import JSON
import Testing

@testable import Server

/// Tokens, sessions, and what each may do.
@Suite struct SignInTests {
  private func server() async throws -> TestServer { try await TestServer.shared.value }

  @Test func strangersSeeNothing() async throws {
    let server = try await server()
    for path in [
      "/api/v1/me", "/api/v1/options", "/api/v1/jobs", "/api/v1/pictures", "/api/v1/events", "/api/v1/audit",
      "/metrics",
      "/v1/models", "/sdapi/v1/options", "/api/v1/tokens", "/api/v1/people", "/api/v1/health", "/api/v1/policy",
    ] {
      #expect(await server.client.request("GET", path)?.status == 401, "\(path)")
    }
    for path in ["/api/v1/jobs", "/v1/images/generations", "/sdapi/v1/txt2img", "/hf", "/mcp", "/api/v1/uploads"] {
      #expect(await server.client.json("POST", path, ["prompt": "a fox"])?.status == 401, "\(path)")
    }
    let page = await server.client.request("GET", "/")
    #expect(page?.status == 200 && page?.text.contains("<form") == true)
  }

  @Test func tokensAreTakenInEveryForm() async throws {
    let server = try await server()
    let basic = Data("anybody:\(server.ada)".utf8).base64EncodedString()
    for header in [
      ("Authorization", "Bearer \(server.ada)"), ("X-Api-Key", server.ada), ("Authorization", "Basic \(basic)"),
    ] {
      let answer = await server.client.request("GET", "/api/v1/me", headers: [header])
      #expect(answer?.status == 200 && answer?.json?["name"] == "ada")
    }
    // Some clients send Basic with nothing behind it.
    #expect(await server.client.request("GET", "/healthz", headers: [("Authorization", "Basic ")])?.status == 200)
  }

  @Test func rolesDecide() async throws {
    let server = try await server()
    func status(_ method: String, _ path: String, _ token: String) async -> Int? {
      await server.client.json(method, path, ["prompt": "a fox", "name": "x"], token: token)?.status
    }
    #expect(await status("GET", "/api/v1/tokens", server.ada) == 403)
    #expect(await status("POST", "/api/v1/tokens", server.ada) == 403)
    #expect(await status("GET", "/api/v1/audit", server.ada) == 403)
    #expect(await status("POST", "/api/v1/guard/check", server.ada) == 403)
    #expect(await status("POST", "/api/v1/jobs", server.viewer) == 403)
    #expect(await status("POST", "/v1/images/generations", server.viewer) == 403)
    #expect(await status("POST", "/api/v1/uploads", server.viewer) == 403)
    #expect(await status("GET", "/api/v1/people", server.admin) == 200)
    #expect(await status("GET", "/metrics", server.admin) == 200)
  }

  @Test func linkSignsInOnce() async throws {
    let server = try await TestServer()
    let link = try #require(server.address.link)
    let path = String(link.trimmingPrefix("http://127.0.0.1:\(server.client.port)"))
    let first = try #require(await server.client.request("GET", path))
    #expect(first.status == 303)
    let cookie = try #require(first.header("set-cookie"))
    #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/"))
    let second = await server.client.request("GET", path)
    #expect(second?.header("location") == "/?refused=link" && second?.header("set-cookie") == nil)
    let pair = String(cookie.split(separator: ";")[0])
    let me = await server.client.request("GET", "/api/v1/me", headers: [("Cookie", pair)])
    #expect(me?.status == 200 && me?.json?["role"] == "admin")
    let page = await server.client.request("GET", "/", headers: [("Cookie", pair)])
    #expect(page?.text.contains("name=\"token\"") == false)
    let leave = await server.client.request("POST", "/leave", headers: [("Cookie", pair)])
    #expect(leave?.status == 303)
    #expect(await server.client.request("GET", "/api/v1/me", headers: [("Cookie", pair)])?.status == 401)
  }

  @Test func revokedTokensEndTheirSessions() async throws {
    let server = try await TestServer()
    let form = Array("token=\(server.ada)".utf8)
    let entered = await server.client.request(
      "POST", "/enter", headers: [("Content-Type", "application/x-www-form-urlencoded")], body: form)
    let cookie = try #require(entered?.header("set-cookie"))
    let pair = ("Cookie", String(cookie.split(separator: ";")[0]))
    #expect(await server.client.request("GET", "/api/v1/me", headers: [pair])?.json?["name"] == "ada")
    let tokens = await server.client.request("GET", "/api/v1/tokens", token: server.admin)?.json?["tokens"]?.array ?? []
    let id = try #require(tokens.first { $0["name"] == "ada" }?["id"]?.string)
    #expect(await server.client.request("DELETE", "/api/v1/tokens/\(id)", token: server.admin)?.status == 204)
    #expect(await server.client.request("GET", "/api/v1/me", headers: [pair])?.status == 401)
    #expect(await server.client.request("GET", "/api/v1/me", token: server.ada)?.status == 401)
    #expect(try server.store.audit().contains { $0.action == "token" && $0.detail.contains(id) })
  }

  @Test func guessingIsSlowedDown() async throws {
    let server = try await TestServer()
    var statuses: [RawHTTP.Answer?] = []
    for index in 0..<12 {
      statuses.append(await server.client.request("GET", "/api/v1/me", token: "limn_guess\(index)"))
    }
    #expect(statuses.prefix(10).allSatisfy { $0?.status == 401 })
    #expect(statuses.last??.status == 429)
    #expect(statuses.last??.header("retry-after").flatMap { Int($0) }.map { $0 > 0 && $0 <= 60 } == true)
  }

  @Test func secretsAreNotKept() async throws {
    let server = try await server()
    let rows = try server.store.read { database in
      try String.fetchAll(database, sql: "SELECT hash || id || name FROM tokens")
    }
    let secrets = [server.ada, server.grace, server.admin]
    #expect(!rows.contains { row in secrets.contains { row.contains($0) || row.contains($0.dropFirst(5)) } })
  }

  @Test func wideOpenServersAreRefused() async throws {
    await #expect(throws: (any Error).self) {
      _ = try await TestServer { wish in
        wish.address = .network(host: "0.0.0.0", port: 0)
        wish.needsNoToken = true
      }
    }
  }
}
