import Foundation
import Images
import JSON
import System
import Testing

@testable import Server

/// Formats of files, and backgrounds left out.
@Suite struct FormatTests {
  private func server() async throws -> TestServer { try await TestServer.shared.value }

  private func picture(_ answer: RawHTTP.Answer?) throws -> [UInt8] {
    let answer = try #require(answer)
    #expect(answer.status == 200, "\(answer.text.prefix(500))")
    return Array(try #require(Data(base64Encoded: answer.json?["data"]?[0]?["b64_json"]?.string ?? "")))
  }

  @Test func openAIsFormats() async throws {
    let server = try await server()
    var sizes: [Int] = []
    for (format, compression) in [("jpeg", 90), ("jpeg", 10), ("webp", 80), ("png", 100)] {
      let answer = await server.client.json(
        "POST", "/v1/images/generations",
        [
          "prompt": "a red apple", "seed": 7, "steps": 1, "output_format": .string(format),
          "output_compression": .integer(compression), "size": "auto", "n": 1,
        ], token: server.ada)
      let bytes = try picture(answer)
      let file = try PictureFile(bytes: bytes, name: "picture")
      #expect(file.format.rawValue.lowercased() == format && answer?.json?["output_format"]?.string == format)
      #expect(try file.report.source?.isMadeByModel == true, "\(format) does not say who made it")
      sizes.append(bytes.count)
      let url = try #require(answer?.json?["data"]?[0]?["url"]?.string.flatMap { URL(string: $0) })
      let fetched = try #require(await server.client.request("GET", url.path))
      #expect(fetched.status == 200 && fetched.header("content-type") == "image/\(format)" && fetched.body == bytes)
    }
    #expect(sizes[1] < sizes[0])
  }

  @Test func backgroundsAreLeftOut() async throws {
    let server = try await server()
    for format in ["png", "webp"] {
      let answer = await server.client.json(
        "POST", "/v1/images/generations",
        [
          "prompt": "a red apple", "seed": 7, "steps": 4, "output_format": .string(format), "background": "transparent",
        ], token: server.ada)
      let file = try PictureFile(bytes: try picture(answer), name: "picture")
      #expect(answer?.json?["background"] == "transparent")
      #expect(try file.decodedDeep().hasAlpha, "a \(format) without alpha")
    }
    let jpeg = await server.client.json(
      "POST", "/v1/images/generations",
      ["prompt": "a red apple", "output_format": "jpeg", "background": "transparent"], token: server.ada)
    #expect(jpeg?.status == 400 && jpeg?.json?["error"]?["param"] == "background")
  }

  @Test(
    arguments: [
      ("output_format", "svg"), ("output_format", 7), ("output_compression", 101), ("output_compression", "much"),
      ("output_compression", -1), ("n", 0), ("n", 1_000_000), ("size", "huge"), ("size", "0x0"), ("size", "999999x8"),
    ] as [(String, JSONValue)])
  func openAIsMistakesNameTheField(_ field: String, _ value: JSONValue) async throws {
    let server = try await server()
    let answer = await server.client.json(
      "POST", "/v1/images/generations", ["prompt": "a red apple", (field): value], token: server.ada)
    #expect(
      [400, 413].contains(answer?.status ?? 0) && answer?.json?["error"]?["param"]?.string == field,
      "\(answer?.text ?? "")")
  }

  @Test func severalAtOnce() async throws {
    let server = try await server()
    let answer = await server.client.json(
      "POST", "/v1/images/generations", ["prompt": "a red apple", "n": 3, "steps": 1, "seed": 5], token: server.ada)
    #expect(answer?.json?["data"]?.array?.compactMap { $0["seed"]?.integer } == [5, 6, 7])
  }

  @Test func limnsOwn() async throws {
    let server = try await server()
    let made = await server.client.json(
      "POST", "/api/v1/jobs", ["prompt": "a red apple", "steps": 1, "format": "webp", "quality": 70], token: server.ada)
    let job = try await server.ended(try #require(made?.json?["id"]?.string), server.ada)
    let url = try #require(job["pictures"]?[0]?["url"]?.string)
    #expect(await server.client.request("GET", url, token: server.ada)?.header("content-type") == "image/webp")
    let small = await server.client.request("GET", job["pictures"]?[0]?["thumbnail"]?.string ?? "/", token: server.ada)
    #expect(small?.status == 200)
    let wrong = await server.client.json("POST", "/api/v1/jobs", ["prompt": "x", "format": "gif"], token: server.ada)
    #expect(wrong?.status == 400 && wrong?.json?["error"]?["field"] == "format")
  }
}
