import Foundation
import History
import Images
import JSON
import System
import Testing

@testable import Server

/// Jobs from their asking to their pictures, and whose they are.
@Suite struct JobTests {
  private func server() async throws -> TestServer { try await TestServer.shared.value }

  @Test func aPictureIsPaintedFoundJudgedAndRemoved() async throws {
    let server = try await server()
    let script = "<script>alert(1)</script> a red apple"
    let made = try #require(
      await server.client.json(
        "POST", "/api/v1/jobs", ["prompt": .string(script), "seed": 7, "steps": 2], token: server.ada))
    #expect(made.status == 201)
    let id = try #require(made.json?["id"]?.string)
    let job = try await server.ended(id, server.ada)
    #expect(job["state"] == "done")
    let picture = try #require(job["pictures"]?[0])
    #expect(picture["prompt"]?.string == script && picture["seed"] == 7 && picture["settings"]?["steps"] == 2)
    let url = try #require(picture["url"]?.string)
    let file = try #require(await server.client.request("GET", url, token: server.ada))
    #expect(file.status == 200 && file.header("content-type") == "image/png")
    #expect(file.header("content-security-policy")?.contains("sandbox") == true)
    let report = try PictureReport(bytes: file.body, name: "picture")
    #expect(report.source?.isMadeByModel == true && report.parameters?.seed == 7)
    let small = try #require(await server.client.request("GET", picture["thumbnail"]?.string ?? "", token: server.ada))
    #expect(small.status == 200 && small.body.starts(with: [0x89, 0x50]))
    // A page that reads it as text runs nothing.
    let list = try #require(await server.client.request("GET", "/api/v1/pictures?query=apple", token: server.ada))
    #expect(list.header("content-type")?.hasPrefix("application/json") == true)
    #expect(list.json?["pictures"]?.array?.contains { $0["id"] == picture["id"] } == true)
    // Nobody else's business.
    let path = "/api/v1/pictures/\(picture["id"]?.string ?? "")"
    for other in [path, url, path + "/thumbnail", "/api/v1/jobs/\(id)"] {
      #expect(await server.client.request("GET", other, token: server.grace)?.status == 404)
    }
    #expect(await server.client.json("PATCH", path, ["rating": 5], token: server.grace)?.status == 404)
    #expect(await server.client.request("DELETE", path, token: server.grace)?.status == 404)
    #expect(await server.client.request("DELETE", "/api/v1/jobs/\(id)", token: server.grace)?.status == 404)
    #expect(await server.client.request("GET", url, token: server.admin)?.status == 200)
    let judged = await server.client.json("PATCH", path, ["rating": 4, "flag": "too <b>red</b>"], token: server.ada)
    #expect(judged?.json?["rating"] == 4 && judged?.json?["flagged"] == "too-b-red-b")
    #expect(await server.client.json("PATCH", path, ["rating": 9], token: server.ada)?.status == 400)
    #expect(await server.client.request("DELETE", path, token: server.ada)?.status == 204)
    #expect(await server.client.request("GET", url, token: server.ada)?.status == 404)
    let answers = [made, file, list].map(\.text).joined()
    #expect(!answers.contains(server.folder), "a path of the machine is told")
  }

  @Test func refusalsNameTheWords() async throws {
    let server = try await server()
    let answer = try #require(
      await server.client.json("POST", "/api/v1/jobs", ["prompt": "a naked woman, porn"], token: server.ada))
    #expect(answer.status == 400)
    let error = try #require(answer.json?["error"])
    #expect(error["code"] == "refused" && error["field"] == "prompt")
    #expect(
      error["refusal"]?["words"]?.array?.isEmpty == false && error["refusal"]?["suggestion"]?.string?.isEmpty == false)
    // Records are written beside the answer.
    func isInAudit() throws -> Bool {
      try server.store.audit().contains { $0.action == "refused" && $0.userName == "ada" }
    }
    for _ in 0..<200 where try !isInAudit() { try await Task.sleep(for: .milliseconds(50)) }
    #expect(try isInAudit())
    let openAI = await server.client.json(
      "POST", "/v1/images/generations", ["prompt": "a naked woman, porn"], token: server.ada)
    #expect(openAI?.json?["error"]?["code"] == "moderation_blocked")
  }

  @Test(arguments: [
    ("reference", "/etc/passwd"), ("mask", "/etc/passwd"), ("model", "/etc/passwd"), ("model", "../../weights/default"),
    ("lora", "/tmp/x.safetensors:1"), ("vae", "/etc"), ("text_encoder", "/etc"), ("embedding", "/etc/passwd"),
    ("model", "http://evil.example/x"), ("init_image", "file:///etc/passwd"),
    ("control", "canny=/etc/passwd"), ("control_model", "/etc"), ("ip_reference", "/etc/passwd"),
    ("ip_adapter", "/etc"),
    ("style_from", "/etc/passwd"), ("upscaler", "/etc/passwd"), ("upscaler", "../upscalers/realesrgan-x4plus"),
  ])
  func noPathIsOpened(_ field: String, _ value: String) async throws {
    let server = try await server()
    let answer = try #require(
      await server.client.json("POST", "/api/v1/jobs", ["prompt": "a fox", (field): .string(value)], token: server.ada))
    #expect([400, 404].contains(answer.status))
    #expect(answer.json?["error"]?["field"] != .null)
    let tag = await server.client.json(
      "POST", "/api/v1/jobs", ["prompt": "a fox <lora:/etc/passwd:1>"], token: server.ada)
    #expect(tag?.status == 400)
  }

  @Test(arguments: [
    ("steps", JSONValue.integer(-1)), ("steps", 100_000), ("width", .integer(1 << 40)), ("count", 0),
    ("count", 100_000),
    ("guidance", -3), ("seed", "x"), ("sampler", "nothing"), ("aspect", "9999:1"), ("unknown", 1),
    ("steps", .object([:])),
  ])
  func everyNumberHasARange(_ field: String, _ value: JSONValue) async throws {
    let server = try await server()
    var body: JSONValue = ["prompt": "a fox", (field): value]
    if field == "width" { body = ["prompt": "a fox", "width": value, "height": value] }
    let answer = try #require(await server.client.json("POST", "/api/v1/jobs", body, token: server.ada))
    #expect([400, 413].contains(answer.status), "\(field): \(answer.text)")
  }

  @Test func uploadsAreDecodedAndWrittenAnew() async throws {
    let server = try await server()
    let bait: [([UInt8], Int)] = [
      (Array("<!DOCTYPE html><script>alert(1)</script>".utf8), 400), (Array("<svg onload=alert(1)>".utf8), 400),
      ([], 400), (Array("GIF89a<script>".utf8), 400), (bomb, 413),
    ]
    for (bytes, status) in bait {
      let answer = await server.client.request(
        "POST", "/api/v1/uploads",
        headers: [("Content-Type", "image/png")] + (bytes.isEmpty ? [("Content-Length", "0")] : []),
        token: server.ada, body: bytes)
      #expect(answer.map { [400, status].contains($0.status) } == true, "\(answer?.status ?? 0)")
    }
    // What hides behind a picture does not come out again.
    let picture = Picture.sample().png + Array("<script>alert(1)</script>".utf8)
    let made = try #require(
      await server.client.request(
        "POST", "/api/v1/uploads", headers: [("Content-Type", "text/html")], token: server.ada,
        body: Picture.sample().png))
    #expect(made.status == 201 && made.json?["width"] == 64)
    let url = try #require(made.json?["url"]?.string)
    let file = try #require(await server.client.request("GET", url, token: server.ada))
    #expect(file.header("content-type") == "image/png" && !file.text.contains("<script>"))
    #expect(await server.client.request("GET", url, token: server.grace)?.status == 404)
    let other = await server.client.json(
      "POST", "/api/v1/jobs", ["prompt": "a fox", "references": [["id": made.json?["id"] ?? .null]]],
      token: server.grace)
    #expect(other?.status == 404)
    let hidden = await server.client.request("POST", "/api/v1/uploads", token: server.ada, body: picture)
    let back = await server.client.request("GET", hidden?.json?["url"]?.string ?? "/", token: server.ada)
    #expect(back?.text.contains("<script>") == false)
    let huge = await server.client.send(
      Array(
        "POST /api/v1/uploads HTTP/1.1\r\nHost: 127.0.0.1:\(server.client.port)\r\nAuthorization: Bearer \(server.ada)\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\n"
          .utf8), timeout: 5)
    #expect(huge?.status == 413)
  }

  /// A PNG that claims 16000 x 6000 pixels in a few bytes.
  private var bomb: [UInt8] {
    var bytes = Picture.sample().png
    bytes.replaceSubrange(16..<24, with: [0, 0, 0x3E, 0x80, 0, 0, 0x17, 0x70])
    return bytes
  }

  @Test func aJobIsStoppedAtOnce() async throws {
    let server = try await server()
    let made = await server.client.json(
      "POST", "/api/v1/jobs", ["prompt": "a fox", "count": 50, "steps": 50], token: server.grace)
    let id = try #require(made?.json?["id"]?.string)
    #expect(await server.client.request("DELETE", "/api/v1/jobs/\(id)", token: server.grace)?.status == 204)
    let job = try await server.ended(id, server.grace)
    #expect(job["state"] == "stopped")
  }

  @Test func eventsTellAJobsLife() async throws {
    let server = try await server()
    let made = await server.client.json(
      "POST", "/api/v1/jobs", ["prompt": "a fox", "seed": 1, "steps": 3, "preview": true], token: server.grace)
    let id = try #require(made?.json?["id"]?.string)
    let stream = try #require(await server.client.request("GET", "/api/v1/jobs/\(id)/events", token: server.grace))
    #expect(stream.header("content-type")?.hasPrefix("text/event-stream") == true)
    let events = stream.text.components(separatedBy: "\n\n").filter { $0.hasPrefix("event: job\n") }
    #expect(events.last?.contains("\"state\":\"done\"") == true)
  }

  @Test func aFullQueueSaysWhenToComeAgain() async throws {
    let server = try await TestServer { $0.queue.mostWaitingOfOne = 5 }
    var statuses: [Int] = []
    var answer: RawHTTP.Answer?
    for _ in 0..<8 {
      answer = await server.client.json("POST", "/api/v1/jobs", ["prompt": "a fox", "steps": 50], token: server.ada)
      statuses.append(answer?.status ?? 0)
      if answer?.status == 429 { break }
    }
    #expect(statuses.last == 429)
    #expect(answer?.header("retry-after").flatMap { Int($0) }.map { $0 > 0 } == true)
    // Another person has room.
    #expect(await server.client.json("POST", "/api/v1/jobs", ["prompt": "a fox"], token: server.grace)?.status == 201)
  }

  @Test func dailySharesAreKept() async throws {
    let server = try await TestServer { $0.queue.picturesADay = 2 }
    let first = await server.client.json(
      "POST", "/api/v1/jobs", ["prompt": "a fox", "count": 2, "steps": 1], token: server.ada)
    #expect(first?.status == 201)
    let second = await server.client.json("POST", "/api/v1/jobs", ["prompt": "a fox", "steps": 1], token: server.ada)
    #expect(second?.status == 429 && second?.json?["error"]?["code"] == "quota")
    _ = try await server.ended(first?.json?["id"]?.string ?? "", server.ada)
    let me = await server.client.request("GET", "/api/v1/me", token: server.ada)
    #expect(me?.json?["quota"]?["pictures_left"] == 0)
  }

  /// Clients keep their connections, and do not try again where one ends that they have just asked by.
  @Test(arguments: [
    ("/sdapi/v1/txt2img", #"{"prompt":"a fox","width":64,"height":64,"steps":1}"#),
    ("/v1/images/generations", #"{"prompt":"a fox","response_format":"b64_json","steps":1}"#),
    ("/hf", #"{"inputs":"a fox","parameters":{"num_inference_steps":1}}"#),
  ])
  func aConnectionOutlivesItsPicture(_ path: String, _ body: String) async throws {
    let server = try await TestServer.shared.value
    let head = "Host: 127.0.0.1:\(server.client.port)\r\nAuthorization: Bearer \(server.ada)\r\n"
    let paint =
      "POST \(path) HTTP/1.1\r\n\(head)Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    let look = "GET /healthz HTTP/1.1\r\n\(head)\r\n"
    let statuses: [Int] = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        let descriptor = server.client.open()
        defer { close(descriptor) }
        let statuses = [paint, look, paint, look].map { text in
          _ = unsafe System.send(descriptor, Array(text.utf8), text.utf8.count, Int32(MSG_NOSIGNAL))
          return server.client.read(descriptor)?.status ?? 0
        }
        continuation.resume(returning: statuses)
      }
    }
    #expect(statuses == [200, 200, 200, 200])
  }

  @Test func whoGoesAwayStopsTheirPicture() async throws {
    let server = try await TestServer()
    let body = #"{"prompt":"a fox","steps":150,"seed":1}"#
    let head = "Host: 127.0.0.1:\(server.client.port)\r\nAuthorization: Bearer \(server.ada)\r\n"
    let request =
      "POST /sdapi/v1/txt2img HTTP/1.1\r\n\(head)Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    let descriptor = server.client.open()
    _ = unsafe System.send(descriptor, Array(request.utf8), request.utf8.count, Int32(MSG_NOSIGNAL))
    func job() async -> JSONValue? {
      await server.client.request("GET", "/api/v1/jobs", token: server.ada)?.json?["jobs"]?.array?.first
    }
    for _ in 0..<200 where await job() == nil { try await Task.sleep(for: .milliseconds(50)) }
    close(descriptor)
    let id = try #require(await job()?["id"]?.string)
    #expect(try await server.ended(id, server.ada)["state"] == "stopped")
  }
}
