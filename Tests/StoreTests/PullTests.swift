import Foundation
import HubSamples
import Store
import System
import Testing

/// `ModelPull` against a hub on this machine.
@Suite struct PullTests {
  private let commit = TestHub.commit

  @Test func aModelComesWithWhatIsReadOfIt() async throws {
    let cache = try TestCache()
    cache.hub.add("org/model", smallModel)
    let place = try await cache.pull()
    #expect(place == "\(cache.root)/models--org--model/snapshots/\(commit)")
    let wanted = [
      "model_index.json", "scheduler/scheduler_config.json", "unet/config.json",
      "unet/diffusion_pytorch_model.safetensors", "text_encoder/config.json",
      "text_encoder/model.safetensors.index.json",
      "text_encoder/model-00001-of-00002.safetensors", "text_encoder/model-00002-of-00002.safetensors",
    ]
    let tree = cache.tree
    let links = tree.keys.filter { $0.contains("/snapshots/") }
    #expect(Set(links) == Set(wanted.map { "models--org--model/snapshots/\(commit)/\($0)" }))
    for path in wanted { #expect(cache.read("\(place)/\(path)") == smallModel[path], "\(path)") }
    // Three files are `{}`: one blob.
    let blob = TestHub.digits("config.json", Array("{}".utf8))
    #expect(tree["models--org--model/snapshots/\(commit)/text_encoder/config.json"] == "-> ../../../blobs/\(blob)")
    #expect(tree.keys.count { $0.contains("/blobs/") } == 6)
    #expect(cache.read("\(cache.root)/models--org--model/refs/main") == Array(commit.utf8))
    #expect(tree["CACHEDIR.TAG"] != nil && !tree.keys.contains { $0.hasSuffix(".incomplete") })
    let before = cache.hub.downloads("diffusion_pytorch_model.safetensors")
    try await cache.pull()
    #expect(cache.hub.downloads("diffusion_pytorch_model.safetensors") == before, "what is there is not fetched again")
  }

  @Test func aVariantAloneComes() async throws {
    let cache = try TestCache()
    cache.hub.add("org/model", smallModel)
    let place = try await cache.pull("org/model@\(commit)", FileSelection(variant: "fp16"))
    #expect(PathKind("\(place)/unet/diffusion_pytorch_model.fp16.safetensors") == .file)
    #expect(PathKind("\(place)/unet/diffusion_pytorch_model.safetensors") == .missing)
    #expect(PathKind("\(place)/text_encoder/model-00002-of-00002.safetensors") == .file, "it has no other")
    #expect(cache.tree["models--org--model/refs/main"] == nil, "a commit needs no reference")
    await expectRefusal(cache, FileSelection(variant: "q4"), says: "no weights of the variant \"q4\"; it has `fp16`")
  }

  @Test func filesAreNamedOrChosen() async throws {
    let cache = try TestCache()
    cache.hub.add("org/model", ["a.safetensors": noise(2000), "b.gguf": noise(10), "sub/c.txt": [1]])
    await expectRefusal(
      cache, FileSelection(),
      says: "name one of its files by `file`:\n  a.safetensors (2000 bytes)\n  b.gguf (10 bytes)")
    await expectRefusal(
      cache, FileSelection(files: ["d.gguf"]),
      says: "has no file \"d.gguf\"; of weights it has `a.safetensors`, `b.gguf`")
    let place = try await cache.pull("org/model", FileSelection(files: ["sub/c.txt"]))
    #expect(place.hasSuffix("/snapshots/\(commit)/sub/c.txt") && cache.read(place) == [1])
    cache.hub.add("org/lone", ["lora.safetensors": noise(500), "README.md": [1]])
    #expect(try await cache.pull("org/lone").hasSuffix("/lora.safetensors"))
    #expect(try await cache.pull("org/lone@a/branch").hasSuffix("/lora.safetensors"))
    #expect(cache.read("\(cache.root)/models--org--lone/refs/a/branch") == Array(commit.utf8))
  }

  private static let lone = ["weights.safetensors": noise(500_000, seed: 9)]

  private func lone(_ faults: TestHub.Fault...) throws -> TestCache {
    let cache = try TestCache()
    cache.hub.add("org/model", Self.lone)
    for fault in faults { cache.hub.fail("weights.safetensors", fault) }
    return cache
  }

  private func expectWhole(_ cache: TestCache, requests: Int, sourceLocation: SourceLocation = #_sourceLocation)
    async throws
  {
    let place = try await cache.pull()
    #expect(cache.read(place) == Self.lone["weights.safetensors"], sourceLocation: sourceLocation)
    let stored = cache.hub.requests.filter { $0.path.hasPrefix("/storage/") }
    #expect(stored.count == requests, sourceLocation: sourceLocation)
  }

  // MARK: What goes wrong

  @Test func aDroppedConnectionIsTakenUpAgain() async throws {
    let cache = try lone(.drop(after: 200_000), .drop(after: 100_000))
    try await expectWhole(cache, requests: 3)
    let ranges = cache.hub.requests.filter { $0.path.hasPrefix("/storage/") }.map { $0.range ?? 0 }
    #expect(ranges[0] == 0 && ranges[1] > 0 && ranges[2] > ranges[1])
  }

  @Test func silenceIsTakenForTheEnd() async throws {
    let cache = try lone(.stall(after: 100_000))
    cache.settings.idleSeconds = 4
    try await expectWhole(cache, requests: 2)
  }

  @Test func serversWithoutRangesAreBornWith() async throws {
    try await expectWhole(lone(.drop(after: 200_000), .ignoresRange), requests: 3 - 1)
    try await expectWhole(lone(.drop(after: 200_000), .shiftsRange), requests: 3)
  }

  @Test func aPartialFileOfAnotherIsBegunAnew() async throws {
    for count in [499_999, 500_000, 600_000, 10] {
      let cache = try lone()
      let blobs = "\(cache.root)/models--org--model/blobs"
      try FileManager.default.createDirectory(atPath: blobs, withIntermediateDirectories: true)
      let digits = TestHub.digits("weights.safetensors", Self.lone["weights.safetensors"]!)
      try Data(noise(count, seed: 5)).write(to: URL(filePath: "\(blobs)/\(digits).incomplete"))
      let place = try await cache.pull()
      #expect(cache.read(place) == Self.lone["weights.safetensors"])
    }
  }

  @Test func wrongBytesAreNotKept() async throws {
    try await expectWhole(lone(.spoil(at: 1000)), requests: 2)
    let cache = try lone(.spoil(at: 1000), .spoil(at: 2000))
    await expectRefusal(cache, says: "came twice with other bytes than it should have")
    #expect(!cache.tree.keys.contains { $0.contains("/snapshots/") })
    #expect(
      cache.tree.filter { $0.key.contains("/blobs/") }.allSatisfy { $0.key.hasSuffix(".incomplete") && $0.value == "0" }
    )
  }

  @Test func bodiesWithoutAnEndAreLeft() async throws {
    let cache = try lone(.endless)
    await expectRefusal(cache, says: "sends more than the 500000 bytes")
    #expect(cache.tree.values.allSatisfy { (Int($0) ?? 0) < 1000 })
  }

  @Test func bytesThatTrickleCountAsSilence() async throws {
    let slow = TestHub.Fault.slow(milliseconds: 50)
    let cache = try lone(slow, slow, slow, slow, slow, slow)
    cache.settings.idleSeconds = 0.3
    await expectRefusal(cache, says: "sends next to nothing; it was tried 5 times. What has come is kept")
    // A slow one that gets on is waited for.
    let other = try TestCache()
    other.hub.add("org/model", ["weights.safetensors": noise(200)])
    other.hub.fail("weights.safetensors", .slow(bytes: 4, milliseconds: 5))
    try await other.pull()
    #expect(other.hub.requests.count { $0.path.hasPrefix("/storage/") } == 1)
  }

  @Test func serversAskForPatience() async throws {
    try await expectWhole(lone(.status(429, headers: ["Retry-After": "0"]), .status(503, headers: [:])), requests: 3)
    let cache = try lone(.status(429, headers: ["Retry-After": "7200"]))
    await expectRefusal(cache, says: "127.0.0.1 answers 429 (Too Many Requests) and asks to come again in 2 h 0 min.")
    let more = (0..<5).map { _ in TestHub.Fault.status(500, headers: [:]) }
    let other = try lone()
    for fault in more { other.hub.fail("weights.safetensors", fault) }
    await expectRefusal(other, says: "answers 500 (Internal Server Error); it was tried 5 times")
  }

  @Test func refusalsSayWhatToDo() async throws {
    let cache = try TestCache()
    await expectRefusal(
      cache, says: "127.0.0.1 has no model org/model to show: it has another name, or it is private: then set HF_TOKEN."
    )
    cache.hub.add("org/model", Self.lone)
    await expectRefusal(cache, says: "has no revision \"v9\"", name: "org/model@v9")
    cache.hub.require(token: "hf_abc")
    await expectRefusal(
      cache,
      says: "is only for those who accept its terms; accept them at \(cache.hub.endpoint)/org/model, make a token")
    cache.settings.token = "hf_wrong"
    await expectRefusal(cache, says: "the account of the token in use was not given access")
    cache.settings.token = "hf_abc"
    cache.hub.fail("weights.safetensors", .status(403, headers: ["X-Error-Message": "not yours"]))
    await expectRefusal(cache, says: "does not give weights.safetensors of org/model away: \"not yours\".")
    cache.hub.fail("weights.safetensors", .status(404, headers: ["X-Error-Code": "EntryNotFound"]))
    await expectRefusal(cache, says: "weights.safetensors of org/model is not there.")
    try await cache.pull()
  }

  @Test func theTokenGoesToNobodyElse() async throws {
    let (cache, storage) = (try TestCache(), try TestHub())
    defer { storage.close() }
    for hub in [cache.hub, storage] { hub.add("org/model", Self.lone) }
    cache.hub.store(at: storage.endpoint)
    cache.hub.require(token: "hf_abc")
    cache.settings.token = "hf_abc"
    let place = try await cache.pull()
    #expect(cache.read(place) == Self.lone["weights.safetensors"])
    #expect(
      cache.hub.requests.count == 2 && cache.hub.requests.allSatisfy { $0.headers["authorization"] == "Bearer hf_abc" })
    #expect(storage.requests.count == 1 && storage.requests.allSatisfy { $0.headers["authorization"] == nil })
    cache.hub.store(at: "file:///etc/passwd?")
    let other = try TestCache()
    other.hub.add("org/model", Self.lone)
    other.hub.store(at: "ftp://x")
    await expectRefusal(other, says: "which limn does not follow")
  }

  @Test(arguments: [
    "../../evil", "/etc/passwd", "a/../b", "a//b", "", "a\\\\b", "a\\u0000b", "./a", "a\\nb", "a/",
  ])
  func namesThatLeadElsewhereAreRefused(_ name: String) async throws {
    let cache = try TestCache()
    cache.hub.add("org/model", Self.lone)
    cache.hub.list("{\"rfilename\":\"\(name)\",\"size\":1,\"blobId\":\"\(commit)\"}")
    await expectRefusal(cache, says: "which is no name that a file may have; nothing was fetched.")
    #expect(cache.tree.isEmpty)
  }

  @Test func listsThatAreNoneAreRefused() async throws {
    for (name, value) in [("sha", "\"../../x\""), ("sha", "7"), ("siblings", "{}")] {
      let cache = try TestCache()
      cache.hub.add("org/model", Self.lone)
      cache.hub.say(name, value)
      await expectRefusal(cache, says: "answered no list of the files")
    }
  }

  @Test func sizesAreAskedForWhereTheListHasNone() async throws {
    let cache = try TestCache()
    cache.hub.add("org/model", smallModel)
    cache.hub.hideSizes()
    let place = try await cache.pull()
    #expect(
      cache.read("\(place)/unet/diffusion_pytorch_model.safetensors")
        == smallModel["unet/diffusion_pytorch_model.safetensors"])
    #expect(cache.hub.requests.contains { $0.method == "HEAD" })
  }

  @Test func tooLittleRoomIsSaidBefore() async throws {
    let cache = try TestCache()
    cache.hub.list(
      "{\"rfilename\":\"huge.safetensors\",\"size\":4611686018427387904,\"lfs\":{\"sha256\":\"\(commit)aaaaaaaaaaaaaaaaaaaaaaaa\",\"size\":4611686018427387904}}"
    )
    cache.hub.add("org/model", ["README.md": [1]])
    await #expect {
      try await cache.pull()
    } throws: { error in
      if case UserError.resources(let sentence)? = error as? UserError {
        sentence.contains("GB more, and the disk of")
      } else {
        false
      }
    }
    #expect(cache.tree.isEmpty)
  }

  @Test func twoAtOnceFetchOnce() async throws {
    let cache = try TestCache()
    cache.hub.add("org/model", smallModel)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { [cache = UncheckedBox(cache)] in try await cache.value.pull() } }
      try await group.waitForAll()
    }
    let large = cache.hub.requests.filter { $0.path.hasPrefix("/storage/") }.map(\.path)
    #expect(large.count == 3 && Set(large).count == 3)
  }

  @Test func whatWasInterruptedStays() async throws {
    let cache = try lone(.stall(after: 300_000))
    cache.settings.idleSeconds = 60
    let box = UncheckedBox(cache)
    let task = Task { try await box.value.pull() }
    while cache.tree.values.compactMap({ Int($0) }).max() ?? 0 < 300_000 {
      try await Task.sleep(for: .milliseconds(10))
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    try await expectWhole(cache, requests: 2)
    #expect(cache.hub.requests.last?.range == 300_000)
  }

  @Test func proxiesAreAsked() async throws {
    let cache = try lone()
    cache.settings.proxies = try ProxySettings(environment: ["http_proxy": cache.hub.endpoint])
    cache.settings.endpoint = URL(string: "http://hub.example")!
    // The proxy gets the request, and this one opens no tunnels.
    await expectRefusal(cache, says: "hub.example is not reached: the proxy refuses to connect to it")
  }

  @Test func theNetworkMayBeForbidden() async throws {
    let cache = try TestCache()
    cache.settings.isOffline = true
    await #expect {
      try await cache.pull()
    } throws: { if case UserError.request? = $0 as? UserError { true } else { false } }
  }

  @Test func nobodyThereIsASentence() async throws {
    let cache = try TestCache()
    cache.hub.close()
    await expectRefusal(cache, says: "127.0.0.1 cannot be reached: connection refused; it was tried 3 times.")
  }

  // MARK: -

  private struct UncheckedBox: @unchecked Sendable {
    let value: TestCache
    init(_ value: TestCache) { self.value = value }
  }

  private func expectRefusal(
    _ cache: TestCache, _ selection: FileSelection = FileSelection(), says words: String, name: String = "org/model",
    sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    await #expect(sourceLocation: sourceLocation) {
      try await cache.pull(name, selection)
    } throws: { error in
      let fits = error is UserError && "\(error)".contains(words)
      if !fits { print("found: \(error)") }
      return fits
    }
  }
}
