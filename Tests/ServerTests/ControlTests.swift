import Foundation
import Images
import JSON
import Painting
import System
import Testing

@testable import Remote
@testable import Server

/// Pictures that control others, by what the server was started with.
@Suite struct ControlTests {
  private static let fixtures = "\(TestServer.weights)/../Tests/Fixtures/PicturesControl"

  private static let shared = Task {
    try await TestServer { wish in
      wish.model = "\(fixtures)/sd1"
      wish.queue.controlModels = [ControlModelPlace("\(fixtures)/canny")]
    }
  }

  private func server() async throws -> TestServer { try await Self.shared.value }

  private func uploaded(_ name: String, _ server: TestServer) async throws -> JSONValue {
    let bytes = try FileBytes.recorded(at: "\(Self.fixtures)/\(name).png")
    let made = await server.client.request("POST", "/api/v1/uploads", token: server.ada, body: bytes)
    return try #require(made?.json?["id"])
  }

  private func wish(_ reference: JSONValue) -> JSONValue {
    [
      "prompt": "a red fox in the snow", "steps": 4, "guidance": 5, "seed": 42, "width": 64, "height": 64,
      "sampler": "euler", "references": [reference],
    ]
  }

  /// `LIMN_HOST=... limn --control ready=fox.png`.
  @Test func aPictureLeadsFromElsewhere() async throws {
    let server = try await server()
    var texts = ["prompt": "a red fox in the snow", "steps": "4", "guidance": "5", "seed": "42", "sampler": "euler"]
    (texts["width"], texts["height"], texts["control"]) = ("64", "64", "ready=\(Self.fixtures)/fox.png:0.5:0.1-0.9")
    texts["control-model"] = "canny"
    let settings = try PictureSettings(texts)
    try settings.checkElsewhere("it")
    let address = try #require(
      try RemoteAddress(environment: ["LIMN_HOST": "http://127.0.0.1:\(server.client.port)", "LIMN_TOKEN": server.ada]))
    let wish = try await RemoteServer.with(address) { remote in
      let uploads = RemoteUploads(remote, limit: MemoryLimit(wished: 1 << 30)) { path in
        try PictureFile(bytes: FileBytes.recorded(at: path), name: path)
      }
      let wish = try await RemoteWish(settings, uploads: uploads.uploads(for: settings))
      _ = try await remote.check(wish)
      return wish
    }
    let reference = wish.json["references"]?[0]
    #expect(reference?["kind"] == "ready" && reference?["model"] == "canny")
    #expect(reference?["weight"]?.double == 0.5 && reference?["start"]?.double == 0.1)
    #expect(wish.json["control"] == nil && wish.json["control_model"] == nil)
  }

  @Test func aPictureLeads() async throws {
    let server = try await server()
    let options = await server.client.request("GET", "/api/v1/options", token: server.ada)?.json
    #expect(options?["control"]?["models"] == ["canny"])
    #expect(options?["models"]?[0]?["supports"]?.array?.contains("control") == true)
    let id = try await uploaded("fox", server)
    let made = try #require(
      await server.client.json(
        "POST", "/api/v1/jobs", wish(["id": id, "role": "control", "kind": "ready", "model": "canny"]),
        token: server.ada))
    #expect(made.status == 201, "\(made.text)")
    #expect(!made.text.contains(Self.fixtures))
    let job = try await server.ended(try #require(made.json?["id"]?.string), server.ada)
    #expect(job["state"] == "done", "\(job.text)")
    let picture = try #require(job["pictures"]?[0])
    // The same as the reference's own pipeline makes of it: Tests/Reference/pictures_control.py.
    let file = try #require(await server.client.request("GET", picture["url"]?.string ?? "/", token: server.ada))
    let expected = try Picture(contentsOf: "\(Self.fixtures)/net-ready.png")
    let painted = try Picture(bytes: file.body, name: "picture")
    #expect(zip(painted.pixels, expected.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
    #expect(picture["references"]?[0]?["role"] == "control" && picture["references"]?[0]?["id"] == id)
    #expect(picture["references"]?[0]?["kind"] == "ready")
    #expect(picture["command"]?.string?.contains("--control ready=control-1.png:1.0") == true)
    #expect(!file.text.contains(server.folder) && !job.text.contains(server.folder))
  }

  @Test(
    arguments: [
      ["role": "control", "kind": "nothing"], ["role": "control", "model": "/etc/passwd"],
      ["role": "control", "model": "../canny"], ["role": "control", "weight": 99], ["role": "control", "start": 1],
      ["role": "leader"],
    ] as [JSONValue])
  func wrongOnesAreRefused(_ reference: JSONValue) async throws {
    let server = try await server()
    var members = reference.object ?? [:]
    members["id"] = try await uploaded("fox", server)
    let answer = await server.client.json("POST", "/api/v1/jobs", wish(.object(members)), token: server.ada)
    #expect(answer?.status == 400 && answer?.json?["error"]?["field"] == "references", "\(answer?.text ?? "")")
  }

  @Test func withoutANetworkItIsRefused() async throws {
    let server = try await TestServer.shared.value
    let made = await server.client.request("POST", "/api/v1/uploads", token: server.ada, body: Picture.sample().png)
    let answer = await server.client.json(
      "POST", "/api/v1/jobs",
      ["prompt": "a fox", "references": [["id": made?.json?["id"] ?? .null, "role": "control"]]],
      token: server.ada)
    #expect(answer?.status == 400 && answer?.text.contains("--control-model") == true)
  }
}
