import Engine
import Foundation
import JSON
import Painting
import System
import Testing

@testable import Server

/// What is refused before anybody is asked who they are, and who is let in.
@Suite struct GateTests {
  private func server() async throws -> TestServer { try await TestServer.shared.value }

  @Test(arguments: ["rebind.example.invalid", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:80", "0.0.0.0:PORT"])
  func foreignHostIsRefused(_ host: String) async throws {
    let server = try await server()
    let host = host.replacing("PORT", with: "\(server.client.port)")
    for path in ["/", "/api/v1/me", "/sdapi/v1/options", "/v1/models", "/mcp", "/healthz"] {
      let answer = await server.client.request("GET", path, headers: [("Host", host)], token: server.ada)
      #expect(answer?.status == 421, "\(path) under \(host)")
    }
  }

  @Test func everyNameOfLoopbackIsKnown() async throws {
    let server = try await server()
    for host in ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"] {
      let answer = await server.client.request("GET", "/healthz", headers: [("Host", "\(host):\(server.client.port)")])
      #expect(answer?.status == 200, "\(host)")
    }
  }

  @Test func oneHostIsNamed() async throws {
    let server = try await server()
    let own = "127.0.0.1:\(server.client.port)"
    let none = await server.client.send(Array("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n".utf8))
    #expect(none?.status == 400)
    let two = await server.client.send(
      Array("GET /healthz HTTP/1.1\r\nHost: \(own)\r\nHost: \(own)\r\nConnection: close\r\n\r\n".utf8))
    #expect(two?.status == 400)
  }

  @Test(arguments: [
    [("Origin", "https://evil.example")], [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")],
    [("Origin", "null")],
  ])
  func otherSitesPagesAreRefused(_ headers: [(String, String)]) async throws {
    let server = try await server()
    for path in ["/api/v1/jobs", "/v1/images/generations", "/sdapi/v1/interrupt", "/enter", "/mcp"] {
      let answer = await server.client.json("POST", path, ["prompt": "a fox"], token: server.ada, headers: headers)
      #expect(answer?.status == 403, "\(path) \(headers)")
      #expect(answer?.headers.keys.contains { $0.hasPrefix("access-control") } == false)
    }
    let read = await server.client.request("GET", "/api/v1/pictures", headers: headers, token: server.ada)
    #expect(read?.status == 403)
  }

  @Test func ownPageAndProgramsAreNot() async throws {
    let server = try await server()
    let own = "http://127.0.0.1:\(server.client.port)"
    for headers in [[("Origin", own)], [("Sec-Fetch-Site", "same-origin")], [("Sec-Fetch-Site", "none")], []] {
      let answer = await server.client.json(
        "POST", "/api/v1/guard/check", ["prompt": "a fox"], token: server.admin, headers: headers)
      #expect(answer?.status == 200, "\(headers)")
    }
  }

  @Test func linksFromElsewhereLeadToThePageOnly() async throws {
    let server = try await server()
    let navigation = [
      ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"),
    ]
    #expect(await server.client.request("GET", "/", headers: navigation)?.status == 200)
    #expect(await server.client.request("GET", "/api/v1/me", headers: navigation, token: server.ada)?.status == 403)
  }

  @Test func everyAnswerTellsBrowsersToBeCareful() async throws {
    let server = try await server()
    for path in ["/", "/api/v1/me", "/nowhere", "/studio/index.html", "/v1/models"] {
      let answer = try #require(await server.client.request("GET", path))
      let policy = try #require(answer.header("content-security-policy"))
      #expect(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "\(path)")
      #expect(answer.header("x-content-type-options") == "nosniff")
      #expect(answer.header("referrer-policy") == "no-referrer")
      #expect(answer.header("cross-origin-resource-policy") == "same-origin")
      #expect(answer.header("x-request-id")?.isEmpty == false)
      #expect(answer.header("access-control-allow-origin") == nil)
      #expect(answer.header("server") == nil)
    }
  }

  @Test(arguments: [
    "/studio/../../../Package.swift", "/studio/..%2f..%2fPackage.swift", "/studio/%2e%2e/%2e%2e/Package.swift",
    "/studio/%2fetc%2fpasswd", "/../etc/passwd", "//etc/passwd", "/studio/", "/studio/.gitignore",
    "/v1/files/..%2f..%2fetc%2fpasswd.png",
  ])
  func nothingIsFoundByPath(_ path: String) async throws {
    let server = try await server()
    let answer = await server.client.request("GET", path, token: server.admin)
    #expect(answer?.status == 404, "\(path)")
  }

  @Test func oversizedRequestsEnd() async throws {
    let server = try await server()
    let long = String(repeating: "x", count: 40_000)
    let headers = await server.client.request("GET", "/healthz", headers: [("X-Long", long)])
    #expect(headers == nil || [400, 431].contains(headers!.status))
    let many = (0..<200).map { ("X-\($0)", "1") }
    let fields = await server.client.request("GET", "/healthz", headers: many)
    #expect(fields == nil || [400, 431].contains(fields!.status))
    let body = await server.client.request(
      "POST", "/api/v1/jobs", headers: [("Content-Type", "application/json")], token: server.ada,
      body: [UInt8](repeating: 0x20, count: 2 << 20))
    #expect(body?.status == 413)
    let prompt = await server.client.json(
      "POST", "/api/v1/jobs", ["prompt": .string(String(repeating: "a", count: 20_000))], token: server.ada)
    #expect(prompt?.status == 413)
  }

  @Test(arguments: [
    "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "Content-Length: -1\r\n\r\n",
  ])
  func smugglingIsRefused(_ rest: String) async throws {
    let server = try await server()
    let head = "POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1:\(server.client.port)\r\nConnection: close\r\n"
    let answer = await server.client.send(Array((head + rest).utf8), timeout: 5)
    #expect(answer == nil || (400..<500).contains(answer!.status))
    #expect(answer?.status != 401, "it was read as a request")
  }

  @Test func anAddressThatIsTakenIsTold() async throws {
    let server = try await server()
    let installation = Installation.current
    var queue = QueueSettings(limit: MemoryLimit(wished: 2 << 30), picturesFolder: "\(server.folder)/others")
    queue.workers = 1
    var wish = ServerWish(queue: queue, owner: installation.person)
    wish.address = .network(host: "127.0.0.1", port: server.client.port)
    let folder = "\(server.folder)/second"
    let environment = [
      "XDG_STATE_HOME": folder, "XDG_DATA_HOME": folder, "XDG_CACHE_HOME": folder, "LIMN_WEIGHTS": TestServer.weights,
    ]
    let second = try LimnServer(
      wish, engine: Engine(Installation(environment: environment, executable: "\(TestServer.weights)/../limn")) { _ in }
    )
    await #expect(
      throws: UserError.request("Nothing can be served at 127.0.0.1:\(server.client.port): address already in use.")
    ) { try await second.run { _ in } }
  }
}
