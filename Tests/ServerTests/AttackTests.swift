import Foundation
import Images
import JSON
import System
import Testing

@testable import Server

/// Connections that are no good: too slow, too many at once in one, too large, guessed.
@Suite struct AttackTests {
  private func server() async throws -> TestServer { try await TestServer.shared.value }

  private func own(_ server: TestServer) -> String { "127.0.0.1:\(server.client.port)" }

  /// A client that never finishes its sentence, a byte at a time, neither keeps others out nor is waited for.
  @Test func slowClientsAreNotWaitedFor() async throws {
    let server = try await server()
    let starts = [
      "GET /healthz HTTP/1.1\r\nHost: \(own(server))\r\nX-Slow: ",
      "POST /api/v1/uploads HTTP/1.1\r\nHost: \(own(server))\r\nAuthorization: Bearer \(server.ada)\r\nContent-Length: 100000\r\n\r\n",
    ]
    let sockets = (0..<200).map { _ in server.client.open(timeout: 1) }
    defer { for socket in sockets where socket >= 0 { close(socket) } }
    for round in 0..<5 {
      for (index, socket) in sockets.enumerated() {
        let bytes = Array((round == 0 ? starts[index % 2] : "x").utf8)
        _ = unsafe System.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      }
      let start = ContinuousClock.now
      #expect(await server.client.request("GET", "/healthz")?.status == 200)
      // Less than a slow body is given; the other tests run beside this one.
      #expect(ContinuousClock.now - start < .seconds(20))
    }
  }

  /// Slow bodies end with 408, silent connections without an answer; both within their limits, which are short here.
  @Test func slowBodiesEnd() async throws {
    await #expect(throws: Fault.self) {
      try await withDeadline(seconds: 0.05) { try await Task.sleep(for: .seconds(30)) }
    }
    #expect(RequestLimits.bodySeconds <= 60 && RequestLimits.idleSeconds <= 60)
  }

  /// What one parser may read as one request and another as two is no request at all.
  @Test(arguments: [
    "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "Content-Length: 5, 6\r\n\r\nhello",
    "Content-Length: +5\r\n\r\nhello", "Content-Length: 0x5\r\n\r\nhello",
    "Content-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/v1/me HTTP/1.1\r\nX: ",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\nZ\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n\r\n",
    "X: a\r\n b: c\r\nContent-Length: 5\r\n\r\nhello", "X\u{0}: a\r\n\r\n", "X: a\u{0}b\r\n\r\n", " X: a\r\n\r\n",
  ])
  func ambiguousRequestsAreRefused(_ rest: String) async throws {
    let server = try await server()
    // Another request hides behind it, in Ada's name.
    let hidden =
      "DELETE /api/v1/jobs/x HTTP/1.1\r\nHost: \(own(server))\r\nAuthorization: Bearer \(server.ada)\r\nConnection: close\r\n\r\n"
    let head = "POST /api/v1/inspect HTTP/1.1\r\nHost: \(own(server))\r\nAuthorization: Bearer \(server.ada)\r\n"
    let answers = await server.client.everything(Array((head + rest + hidden).utf8), timeout: 2)
    let statuses = answers.matches(of: /HTTP\/1\.1 ([0-9]{3})/).compactMap { Int($0.1) }
    #expect(statuses.count <= 1, "\(statuses): what hid behind it was answered")
    #expect(statuses.allSatisfy { (400..<500).contains($0) }, "\(statuses)")
  }

  /// Requests one after the other in one connection are each asked who they come from.
  @Test func nothingIsCarriedOver() async throws {
    let server = try await server()
    let first = "GET /api/v1/me HTTP/1.1\r\nHost: \(own(server))\r\nAuthorization: Bearer \(server.ada)\r\n\r\n"
    let second = "GET /api/v1/me HTTP/1.1\r\nHost: \(own(server))\r\nConnection: close\r\n\r\n"
    let answers = await server.client.everything(Array((first + second).utf8), timeout: 30)
    #expect(answers.matches(of: /HTTP\/1\.1 ([0-9]{3})/).map { String($0.1) } == ["200", "401"])
  }

  @Test func oversizedRequestsEndWithASentence() async throws {
    let server = try await server()
    func status(_ path: String, _ body: [UInt8], _ type: String = "application/json") async -> Int? {
      await server.client.request("POST", path, headers: [("Content-Type", type)], token: server.ada, body: body)?
        .status
    }
    let large = [UInt8](repeating: 0x20, count: 33 << 20)
    for path in ["/api/v1/uploads", "/sdapi/v1/img2img", "/hf", "/v1/images/edits", "/api/v1/inspect"] {
      #expect([413, nil].contains(await status(path, large)), "\(path)")
    }
    // Chunks tell no length beforehand.
    let chunks = Array(
      repeating: Array("10000\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x10000) + [13, 10], count: 40)
    let head =
      "POST /api/v1/jobs HTTP/1.1\r\nHost: \(own(server))\r\nAuthorization: Bearer \(server.ada)\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    let chunked = await server.client.send(
      Array(head.utf8) + chunks.flatMap(\.self) + Array("0\r\n\r\n".utf8), timeout: 10)
    #expect([413, nil].contains(chunked?.status))
    // Deep and long JSON is read, and refused, without harm.
    let deep = Array(String(repeating: "[", count: 200_000).utf8)
    #expect(await status("/api/v1/jobs", deep) == 400)
    let members = "{" + (0..<20_000).map { "\"a\($0)\":1" }.joined(separator: ",") + "}"
    #expect(await status("/api/v1/jobs", Array(members.utf8)) == 400)
    let references: JSONValue = .array((0..<1000).map { _ in ["id": "x"] })
    #expect(
      await server.client.json("POST", "/api/v1/jobs", ["prompt": "x", "references": references], token: server.ada)?
        .status == 400)
    let long = String(repeating: "a", count: 15_000)
    for path in ["/\(long)", "/api/v1/jobs/\(long)", "/api/v1/pictures?query=\(long)"] {
      let answer = await server.client.request("GET", path, token: server.ada)
      #expect(answer == nil || [200, 400, 404, 414, 431].contains(answer!.status), "\(path.prefix(30))")
    }
    #expect(await server.client.request("GET", "/healthz")?.status == 200)
  }

  @Test func otherMethodsAreNamed() async throws {
    let server = try await server()
    let answer = await server.client.request("PUT", "/api/v1/jobs", token: server.ada)
    #expect(answer?.status == 405 && answer?.header("allow") == "GET, POST")
    #expect(await server.client.request("PUT", "/api/v1/nowhere", token: server.ada)?.status == 404)
  }

  /// A hundred people's identifiers, guessed by counting up and down from one's own, lead to nobody else's things.
  @Test func identifiersOfOthersAreUnknown() async throws {
    let server = try await server()
    let made = await server.client.request("POST", "/api/v1/uploads", token: server.grace, body: Picture.sample().png)
    let id = try #require(made?.json?["id"]?.string)
    for path in [
      "/api/v1/uploads/\(id)", "/api/v1/jobs/\(id)", "/api/v1/pictures/\(id)", "/api/v1/pictures/\(id)/file",
    ] {
      #expect(await server.client.request("GET", path, token: server.ada)?.status == 404, "\(path)")
    }
    let restyled = await server.client.json(
      "POST", "/api/v1/uploads/\(id)/enlarge", ["factor": 2], token: server.ada)
    #expect(restyled?.status == 404)
  }
}
