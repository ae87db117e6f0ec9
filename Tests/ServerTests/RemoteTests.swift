import Batch
import Engine
import Foundation
import Images
import JSON
import Painting
import Synchronization
import System
import Testing

@testable import Remote
@testable import Server

/// limn elsewhere that has a server paint.
@Suite struct RemoteTests {
  private func address(_ server: TestServer, token: String?) throws -> RemoteAddress {
    var environment = ["LIMN_HOST": "http://127.0.0.1:\(server.client.port)/"]
    environment["LIMN_TOKEN"] = token
    return try #require(try RemoteAddress(environment: environment))
  }

  @Test func aPictureIsWhatTheServerWrote() async throws {
    let server = try await TestServer.shared.value
    let settings = try PictureSettings(["prompt": "a red fish", "seed": "11", "steps": "2"])
    let heard = Mutex<[RemoteEvent]>([])
    let check = try await RemoteServer.with(address(server, token: server.ada)) { remote in
      var wish = RemoteWish(settings, uploads: [])
      wish.wantsPreviews = true
      let check = try await remote.check(wish)
      try await remote.paint(wish.decided(by: check)) { event in heard.withLock { $0.append(event) } }
      return check
    }
    let pictures = heard.withLock { $0 }.compactMap { event in
      if case .painted(let picture) = event { picture } else { nil }
    }
    let picture = try #require(pictures.first)
    #expect(pictures.count == 1 && picture.seed == 11 && !picture.isBlurred)
    let size = try Picture(bytes: picture.bytes, name: "it").size
    #expect(check.summary.steps == 2 && check.summary.size == size)
    let jobs = await server.client.request("GET", "/api/v1/jobs", token: server.ada)?.json?["jobs"]?.array
    let job = try #require(jobs?.first { $0["prompt"] == "a red fish" })
    let url = try #require(job["pictures"]?[0]?["url"]?.string)
    #expect(await server.client.request("GET", url, token: server.ada)?.body == picture.bytes)
    let record = picture.record(path: "boat.png")
    #expect(record["path"]?.string == "boat.png")
    #expect(record["prompt"]?.string == "a red fish")
    #expect(record["steps"]?.integer == 2)
    #expect((record["timings"]?["sample"]?.double ?? 0) > 0 && record["blurred"] == nil)
    // What others painted is as unknown as what nobody did.
    let other = url.replacing("/file", with: "/record")
    #expect(await server.client.request("GET", other, token: server.grace)?.status == 404)
  }

  @Test func referencesAreHandedOverOnce() async throws {
    let server = try await TestServer.shared.value
    let reads = Mutex(0)
    let settings = try PictureSettings(["prompt": "a boat", "reference": "one.png", "steps": "2", "seed": "1"])
    let bytes = Picture.sample().png
    try await RemoteServer.with(address(server, token: server.ada)) { remote in
      let uploads = RemoteUploads(remote, limit: MemoryLimit(wished: 1 << 30)) { path in
        reads.withLock { $0 += 1 }
        return try PictureFile(bytes: bytes, name: path)
      }
      let first = try await uploads.uploads(for: settings)
      let second = try await uploads.uploads(for: settings)
      #expect(first == second && first.map(\.role) == [.start])
      // The same picture has the same key, whatever the upload is called.
      let key = try await remote.check(RemoteWish(settings, uploads: first)).key
      let others = RemoteUploads(remote, limit: MemoryLimit(wished: 1 << 30)) {
        try PictureFile(bytes: bytes, name: $0)
      }
      let again = RemoteWish(settings, uploads: try await others.uploads(for: settings))
      #expect(again.uploads != first)
      let same = try await remote.check(again).key
      #expect(same == key)
    }
    #expect(reads.withLock { $0 } == 1)
  }

  @Test func cancellingStopsTheJobThere() async throws {
    let server = try await TestServer.shared.value
    let (begun, isBegun) = AsyncStream.makeStream(of: Void.self)
    let address = try address(server, token: server.grace)
    let settings = try PictureSettings(["prompt": "a slow boat", "steps": "900", "seed": "1"])
    let task = Task {
      try await RemoteServer.with(address) { remote in
        try await remote.paint(RemoteWish(settings, uploads: [])) { _ in isBegun.yield() }
      }
    }
    for await _ in begun { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    let jobs = try #require(await server.client.request("GET", "/api/v1/jobs", token: server.grace)?.json)
    let states = jobs["jobs"]?.array?.filter { $0["prompt"] == "a slow boat" }.map { $0["state"] }
    #expect(states == ["stopped"])
  }

  @Test func mistakesHaveTheStatusThatTheyHaveHere() async throws {
    let server = try await TestServer.shared.value
    func status(_ texts: [String: String], token: String?) async throws -> LimnStatus? {
      do {
        try await RemoteServer.with(address(server, token: token)) { remote in
          _ = try await remote.check(RemoteWish(try PictureSettings(texts), uploads: []))
        }
        return nil
      } catch {
        return LimnStatus(error)
      }
    }
    #expect(try await status(["prompt": "a fox"], token: nil) == .forbidden)
    #expect(try await status(["prompt": "a fox"], token: "limn_wrong") == .forbidden)
    #expect(try await status(["prompt": "a fox"], token: server.viewer) == .forbidden)
    #expect(try await status(["prompt": "a fox", "model": "nobody"], token: server.admin) == .unreadable)
    #expect(try await status(["prompt": "a fox", "width": "8", "height": "8"], token: server.ada) == .usage)
    #expect(try await status(["prompt": "naked child"], token: server.ada) == .refused)
    #expect(try await status(["prompt": "a fox"], token: server.ada) == nil)
  }

  @Test func nobodyThereIsASentence() async throws {
    let address = try #require(try RemoteAddress(environment: ["LIMN_HOST": "http://127.0.0.1:9"]))
    let error = await #expect(throws: RemoteError.self) {
      try await RemoteServer.with(address) {
        _ = try await $0.check(RemoteWish(PictureSettings(prompt: "a"), uploads: []))
      }
    }
    #expect(error?.exitStatus == LimnStatus.unavailable)
    #expect(error?.description.contains("127.0.0.1:9 cannot be reached") == true)
  }

  @Test(arguments: ["ftp://a", "http://", "http://a/b", "studio", "http://ada:secret@a"])
  func addressesThatAreNone(_ text: String) {
    #expect(throws: UserError.self) { try RemoteAddress(environment: ["LIMN_HOST": text]) }
  }

  @Test func whatNamesFilesHereIsRefused() throws {
    for (name, text) in [("model", "./a.safetensors"), ("lora", "/x/a:0.5"), ("control-model", "./canny")] {
      let settings = try PictureSettings(["prompt": "a", name: text])
      #expect(throws: UserError.self) { try settings.checkElsewhere("it") }
    }
    #expect(throws: Never.self) { try PictureSettings(["prompt": "a", "model": "sd15"]).checkElsewhere("it") }
  }

  @Test func tokensAreWarnedOfWhereTheyCanBeRead() throws {
    func warning(_ host: String, _ token: String? = "limn_x") throws -> String? {
      var environment = ["LIMN_HOST": host]
      environment["LIMN_TOKEN"] = token
      return try RemoteAddress(environment: environment)?.warning
    }
    #expect(try warning("http://192.168.1.5:7870") != nil)
    #expect(try warning("http://192.168.1.5:7870", nil) == nil)
    for host in ["https://192.168.1.5", "http://127.0.0.1:1", "http://localhost:1", "/run/limn.sock"] {
      #expect(try warning(host) == nil)
    }
    #expect(try RemoteAddress(environment: [:]) == nil)
  }
}
