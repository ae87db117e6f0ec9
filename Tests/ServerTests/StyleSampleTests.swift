import Foundation
import Images
import JSON
import Testing

@testable import Server

/// Cards of styles, painted by the model in use while nobody wants anything.
@Suite struct StyleSampleTests {
  @Test func samplesArePaintedAndKept() async throws {
    let server = try await TestServer()
    func styles() async -> [JSONValue] {
      await server.client.request("GET", "/api/v1/options", token: server.ada)?.json?["styles"]?.array ?? []
    }
    let first = await styles()
    #expect(!first.isEmpty && first.allSatisfy { $0["sample"] == .null })
    // Somebody's picture comes before all samples.
    let start = ContinuousClock.now
    let made = await server.client.json("POST", "/api/v1/jobs", ["prompt": "a fox", "steps": 1], token: server.ada)
    let job = try await server.ended(try #require(made?.json?["id"]?.string), server.ada)
    #expect(job["state"] == "done" && ContinuousClock.now - start < .seconds(30))
    var known: [JSONValue] = []
    for _ in 0..<300 {
      known = await styles()
      if known.allSatisfy({ $0["sample"] != .null }) { break }
      try await Task.sleep(for: .milliseconds(400))
    }
    #expect(known.allSatisfy { $0["sample"] != .null }, "\(known.count { $0["sample"] != .null }) of \(known.count)")
    let url = try #require(known[0]["sample"]?.string)
    let sample = try #require(await server.client.request("GET", url, token: server.ada))
    #expect(sample.status == 200 && sample.header("content-type") == "image/png")
    #expect(try Picture(bytes: sample.body, name: "sample").width <= 160)
    #expect(await server.client.request("GET", url)?.status == 401)
    for name in ["nothing", "..%2f..%2fx", "%2fetc%2fpasswd"] {
      #expect(await server.client.request("GET", "/api/v1/styles/\(name)", token: server.ada)?.status == 404)
    }
    // Samples are nobody's pictures.
    let pictures = await server.client.request("GET", "/api/v1/pictures?everyone=1", token: server.admin)?.json
    #expect(pictures?["pictures"]?.array?.count == 1)
  }

  @Test func inspectionDoesNotDoubleAStylesWords() async throws {
    let server = try await TestServer.shared.value
    let made = await server.client.json(
      "POST", "/api/v1/jobs", ["prompt": "a red apple", "style": "ink", "steps": 1], token: server.ada)
    let job = try await server.ended(try #require(made?.json?["id"]?.string), server.ada)
    let file = await server.client.request("GET", job["pictures"]?[0]?["url"]?.string ?? "/", token: server.ada)
    let read = await server.client.request("POST", "/api/v1/inspect", token: server.ada, body: file?.body ?? [])?.json
    #expect(read?["settings"]?["prompt"] == "a red apple" && read?["settings"]?["style"] == "ink")
  }

  @Test func reportsAreLive() async throws {
    let server = try await TestServer.shared.value
    let report = await server.client.request("GET", "/api/v1/report?period=day", token: server.admin)?.json
    #expect((report?["live"]?["waiting"]?.integer).map { $0 >= 0 } == true)
    #expect(report?["live"]?["people_today"]?.integer != nil && report?["totals"] != nil)
  }
}
