import Foundation
import History
import Images
import JSON
import System
import Testing

@testable import Server

/// Pictures that are there, enlarged and restyled by HTTP.
@Suite struct EditTests {
  /// A server with a tiny upscaler among its own.
  private static let shared = Task {
    let server = try await TestServer()
    let folder = "\(server.folder)/data/limn/upscalers"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: "\(TestServer.weights)/../Tests/Fixtures/Upscalers/compact.pth", toPath: "\(folder)/compact.pth")
    return server
  }

  private func server() async throws -> TestServer { try await Self.shared.value }

  private func painted(_ server: TestServer, _ token: String) async throws -> JSONValue {
    let made = await server.client.json(
      "POST", "/api/v1/jobs", ["prompt": "a red apple", "seed": 7, "steps": 1], token: token)
    let job = try await server.ended(try #require(made?.json?["id"]?.string), token)
    return try #require(job["pictures"]?[0])
  }

  private func upload(_ server: TestServer, _ token: String) async throws -> String {
    let made = await server.client.request("POST", "/api/v1/uploads", token: token, body: Picture.sample().png)
    return try #require(made?.json?["id"]?.string)
  }

  @Test func aPictureIsEnlarged() async throws {
    let server = try await server()
    let picture = try await painted(server, server.admin)
    let path = "/api/v1/pictures/\(picture["id"]?.string ?? "")/enlarge"
    let made = try #require(
      await server.client.json("POST", path, ["factor": 2, "upscaler": "compact"], token: server.admin))
    #expect(made.status == 201 && made.json?["edit"] == "enlarge", "\(made.text)")
    let job = try await server.ended(try #require(made.json?["id"]?.string), server.admin)
    #expect(job["state"] == "done", "\(job.text)")
    let large = try #require(job["pictures"]?[0])
    #expect(large["width"]?.integer == 2 * (picture["width"]?.integer ?? 0))
    #expect(large["prompt"] == "a red apple" && large["edit"] == "enlarge")
    #expect(large["settings"] == ["upscale": 2, "upscaler": "compact"])
    #expect(large["command"]?.string?.hasPrefix("limn enlarge a-red-apple-7-") == true)
    let file = try #require(
      await server.client.request("GET", large["url"]?.string ?? "/", token: server.admin))
    let report = try PictureReport(bytes: file.body, name: "picture")
    // What the picture said of itself is kept, as on the command line.
    #expect(report.parameters?.seed == 7 && report.source?.isMadeByModel == true)
    #expect(!made.text.contains(server.folder) && !job.text.contains(server.folder))
    let run = try #require(try server.store.run(id: large["id"]?.string ?? ""))
    #expect(run.prompt.hasPrefix("limn enlarge a-red-apple") && run.model == "compact" && run.userName == "root-of-all")
    #expect(run.referencePath?.hasSuffix(".png") == true)
  }

  @Test func anUploadIsRestyled() async throws {
    let server = try await server()
    let (picture, style) = (try await upload(server, server.ada), try await upload(server, server.ada))
    let made = try #require(
      await server.client.json(
        "POST", "/api/v1/uploads/\(picture)/restyle",
        ["style_from": .string(style), "style_strength": 0.5, "keep_colours": true], token: server.ada))
    #expect(made.status == 201, "\(made.text)")
    let job = try await server.ended(try #require(made.json?["id"]?.string), server.ada)
    #expect(job["state"] == "done", "\(job.text)")
    #expect(job["pictures"]?[0]?["edit"] == "restyle" && job["pictures"]?[0]?["width"] == 64)
    #expect(job["pictures"]?[0]?["settings"] == ["style_strength": 0.5, "keep_colours": true])
    #expect(job["command"]?.string?.contains("--style-strength 0.5 --keep-colours") == true)
  }

  @Test func whoseTheyAreDecides() async throws {
    let server = try await server()
    let (own, style) = (try await upload(server, server.ada), try await upload(server, server.grace))
    let picture = try await painted(server, server.ada)
    let id = picture["id"]?.string ?? ""
    for (path, body) in [
      ("/api/v1/pictures/\(id)/enlarge", ["factor": 2]), ("/api/v1/uploads/\(own)/enlarge", ["factor": 2]),
      ("/api/v1/pictures/\(id)/restyle", ["style_from": .string(style)]),
    ] as [(String, JSONValue)] {
      #expect(await server.client.json("POST", path, body, token: server.grace)?.status == 404, "\(path)")
      #expect(await server.client.json("POST", path, body, token: server.viewer)?.status == 403, "\(path)")
    }
    let foreign = await server.client.json(
      "POST", "/api/v1/pictures/\(id)/restyle", ["style_from": .string(style)], token: server.ada)
    #expect(foreign?.status == 404)
  }

  @Test(
    arguments: [
      ("enlarge", ["factor": 5], 400), ("enlarge", ["factor": "x"], 400), ("enlarge", ["factor": [:]], 400),
      ("enlarge", ["upscaler": "/etc/passwd"], 400), ("enlarge", ["upscaler": "../upscalers/compact"], 400),
      ("enlarge", ["other": 1], 400), ("enlarge", ["factor": 8, "upscaler": ""], 400), ("enlarge", [], 400),
      ("restyle", [:], 400), ("restyle", ["style_from": "/etc/passwd"], 404), ("restyle", ["style_from": []], 400),
      ("restyle", ["style_from": ["a", 1]], 400), ("restyle", ["style_from": "a", "style_strength": 2], 400),
      ("restyle", ["style_from": "a", "keep_colours": "maybe"], 400),
    ] as [(String, JSONValue, Int)])
  func wrongWishesAreRefused(_ command: String, _ body: JSONValue, _ status: Int) async throws {
    let server = try await server()
    let id = try await upload(server, server.admin)
    let answer = try #require(
      await server.client.json("POST", "/api/v1/uploads/\(id)/\(command)", body, token: server.admin))
    #expect(answer.status == status, "\(answer.text)")
    #expect(!answer.text.contains(server.folder))
  }

  @Test func extrasOfA1111Enlarge() async throws {
    let server = try await server()
    let upscalers = await server.client.request("GET", "/sdapi/v1/upscalers", token: server.admin)?.json?.array ?? []
    #expect(upscalers.contains { $0["name"] == "compact" } && upscalers.first?["name"] == "None")
    let picture = JSONValue.string("data:image/png;base64," + Data(Picture.sample().png).base64EncodedString())
    func size(_ body: JSONValue) async throws -> PictureSize? {
      let answer = await server.client.json("POST", "/sdapi/v1/extra-single-image", body, token: server.admin)
      let data = answer?.json?["image"]?.string.flatMap { Data(base64Encoded: $0) }
      return try data.map { try PictureFile(bytes: Array($0), name: "picture").size }
    }
    #expect(try await size(["image": picture, "upscaler_1": "compact", "upscaling_resize": 2.5])?.width == 160)
    #expect(
      try await size([
        "image": picture, "upscaler_1": "compact", "resize_mode": 1, "upscaling_resize_w": 100,
        "upscaling_resize_h": 80,
      ]) == PictureSize(width: 100, height: 80))
    #expect(try await size(["image": picture, "upscaler_1": "Lanczos", "upscaling_resize": 2])?.width == 128)
    #expect(try await size(["image": picture, "upscaler_1": "None", "upscaling_resize": 2])?.width == 64)
    for name in ["Unknown", "/etc/passwd"] {
      #expect(try await size(["image": picture, "upscaler_1": .string(name)]) == nil)
    }
  }
}
