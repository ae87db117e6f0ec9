import Foundation
import HubSamples
import Images
import Testing

/// `limn models pull` and its siblings, against a hub on this machine.
@Suite struct ModelStoreTests {
  let folder: TestFolder
  let hub: TestHub
  private let fixtures = TestFolder.fixture("../PicturesLoRA").standardizedFileURL

  init() throws {
    (folder, hub) = (try TestFolder(), try TestHub())
    folder.environment["HF_ENDPOINT"] = hub.endpoint
    folder.environment["HF_HUB_DOWNLOAD_TIMEOUT"] = "2"
  }

  private var cache: URL { folder.work.appending(path: "../home/.cache/huggingface/hub").standardizedFileURL }

  /// The files of a fixture, its weights as if they were copies of 16 bits.
  private func files(_ place: URL) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for part in try FileManager.default.contentsOfDirectory(atPath: place.path) {
      let inner = place.appending(path: part).resolvingSymlinksInPath()
      guard (try? FileManager.default.contentsOfDirectory(atPath: inner.path)) != nil else {
        files[part] = Array(try Data(contentsOf: inner))
        continue
      }
      for name in try FileManager.default.contentsOfDirectory(atPath: inner.path) {
        var bytes = Array(try Data(contentsOf: inner.appending(path: name)))
        var renamed = name
        if name.hasSuffix(".index.json") {
          renamed = name.replacing(".index.json", with: ".index.fp16.json")
          bytes = Array(String(decoding: bytes, as: UTF8.self).replacing("model-0", with: "model.fp16-0").utf8)
        } else if name.hasSuffix(".safetensors") {
          renamed =
            name.contains("-of-")
            ? name.replacing("model-0", with: "model.fp16-0") : name.replacing(".safe", with: ".fp16.safe")
        }
        files["\(part)/\(renamed)"] = bytes
      }
    }
    return files
  }

  private func addTurbo() throws {
    hub.add("stabilityai/sdxl-turbo", try files(fixtures.appending(path: "xl")))
    hub.say("cardData", #"{"license": "other", "license_name": "sai-nc-community"}"#)
    try FileManager.default.copyItem(
      at: fixtures.appending(path: "xl-kohya.safetensors"), to: folder.work.appending(path: "ink.safetensors"))
  }

  // MARK: The documentation's second minute

  @Test func theSecondMinuteIsAsItIsTold() throws {
    try addTurbo()
    let document = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/models.md")
    let text = try String(contentsOf: document, encoding: .utf8)
    let section = try #require(
      text.components(separatedBy: "## The second minute\n").last?.components(separatedBy: "\n## ").first)
    let block = try #require(
      section.components(separatedBy: "```console\n").dropFirst().first?.components(separatedBy: "```").first)
    var commands: [(line: String, output: String)] = []
    for line in block.split(separator: "\n") {
      if line.hasPrefix("$ ") {
        commands.append((String(line.dropFirst(2)), ""))
      } else {
        commands[commands.count - 1].output += "\(line)\n"
      }
    }
    #expect(commands.count == 3)
    for (line, output) in commands {
      let run = try shell("\(line) 2>&1", in: folder)
      #expect(run.status == 0 && plain(run.output) == plain(output), "\(line):\n\(run.output)")
    }
    #expect(folder["fox.png"] != nil && folder["ink.png"] != nil && folder["fox.png"] != folder["ink.png"])
  }

  /// Without what differs from machine to machine: sizes, times, places, commits.
  private func plain(_ text: String) -> String {
    let home = folder.environment["HOME"] ?? ""
    return text.replacing(home, with: "/home/ada").replacing(/[0-9a-f]{40}|\([0-9a-f]{8}\)/, with: "COMMIT")
      .replacing(/[0-9.]+ (bytes|kB|MB|GB)/, with: "SIZE").replacing(/[0-9]+ files/, with: "FILES")
  }

  // MARK: Pulling and painting

  @Test func whatIsNotThereSaysHowToGetIt() throws {
    let run = try limn("a fox", "-m", "sdxl-turbo", in: folder)
    #expect(run.status == 5)
    #expect(
      run.errors == """
        limn: The model "sdxl-turbo" is not here yet. `limn models pull sdxl-turbo` fetches it: stabilityai/sdxl-turbo, \
        6.5 GB, licence Stability AI Community License.

        """)
    #expect(try limn("a fox", "-m", "stabilityai/sdxl-turbo", in: folder).errors == run.errors)
    #expect(try limn("a fox", "-m", "org/other", in: folder).errors.contains("`limn models pull org/other`"))
    #expect(hub.requests.isEmpty, "painting asks nobody")
  }

  @Test func aPulledModelIsFoundByEveryName() throws {
    try addTurbo()
    hub.add("org/loras", ["ink.safetensors": folder["ink.safetensors"] ?? [], "README.md": [1]])
    let pull = try limn("models", "pull", "sdxl-turbo", "--yes", "--json", in: folder)
    #expect(pull.status == 0, "\(pull.errors)")
    let events = try pull.objects()
    #expect(events.first?["event"] as? String == "plan" && events.last?["event"] as? String == "done")
    #expect(events.first?["licence"] as? String == "sai-nc-community")
    let place = try #require(events.last?["path"] as? String)
    #expect(place.hasPrefix(cache.path))
    #expect(
      try limn("models", "pull", "org/loras", "-y", "-q", in: folder).lines.first?.hasSuffix("/ink.safetensors") == true
    )
    let before = hub.requests.count
    let paint = ["a fox", "--steps", "2", "--seed", "1"]
    #expect(try limn(paint + ["-m", "sdxl-turbo", "-o", "a.png"], in: folder).status == 0)
    #expect(try limn(paint + ["-m", "stabilityai/sdxl-turbo", "-o", "b.png"], in: folder).status == 0)
    #expect(try limn(paint + ["-m", "sdxl-turbo", "--lora", "org/loras", "-o", "c.png"], in: folder).status == 0)
    #expect(
      try limn(paint + ["-m", "sdxl-turbo", "--lora", "org/loras/ink.safetensors:1", "-o", "d.png"], in: folder).status
        == 0)
    func pixels(_ name: String) throws -> Picture { try Picture(contentsOf: folder.work.appending(path: name).path) }
    #expect(
      try pixels("a.png") == pixels("b.png") && pixels("c.png") == pixels("d.png") && pixels("a.png") != pixels("c.png")
    )
    #expect(hub.requests.count == before, "painting asks nobody")
    #expect(try limn("models", "list", in: folder).output.contains("stabilityai/sdxl-turbo  cache  "))
    let shown = try limn("models", "show", "sdxl-turbo", "--json", in: folder)
    let object = try #require(shown.objects().first)
    #expect(
      object["family"] as? String == "Stable Diffusion XL"
        && object["licence"] as? String == "Stability AI Community License")
    #expect((object["networks"] as? [Any])?.count == 4 && (object["memory_bytes"] as? Int ?? 0) > 0)
  }

  @Test func nobodyIsAskedWithoutATerminal() throws {
    try addTurbo()
    let run = try limn("models", "pull", "sdxl-turbo", in: folder)
    #expect(run.status == 2 && run.errors.contains("--yes fetches it at once") && hub.requests.isEmpty)
  }

  @Test func statusesTellWhatWentWrong() throws {
    hub.add("org/model", ["a.safetensors": [1, 2, 3], "b.safetensors": [4]])
    func status(_ arguments: String...) throws -> Int32 {
      try limn(["models", "pull", "-y"] + arguments, in: folder).status
    }
    #expect(try status("nonsense") == 2)
    #expect(try status("org/model") == 2, "a choice is to be made")
    #expect(try status("org/model", "--file", "c.safetensors") == 2)
    #expect(try status("org/missing") == 5)
    hub.list(#"{"rfilename": "huge.gguf", "size": 4611686018427387904, "blobId": "\#(TestHub.commit)"}"#)
    #expect(try status("org/model", "--file", "huge.gguf") == 6)
    folder.environment["HF_HUB_OFFLINE"] = "1"
    #expect(try status("org/model", "--file", "a.safetensors") == 2)
    folder.environment["HF_HUB_OFFLINE"] = nil
    hub.close()
    #expect(try status("org/model", "--file", "a.safetensors") == 5)
  }

  @Test func interruptedItKeepsWhatHasCome() throws {
    hub.add("org/model", ["a.safetensors": [UInt8](repeating: 7, count: 400_000)])
    hub.pace(bytes: 2000, milliseconds: 10)
    let run = try shell("limn models pull org/model -y & sleep 1; kill -INT $!; wait $!", in: folder)
    #expect(run.status == 130)
    let blobs = cache.appending(path: "models--org--model/blobs")
    let partial = try #require(try FileManager.default.contentsOfDirectory(atPath: blobs.path).first)
    let size = try #require(try blobs.appending(path: partial).resourceValues(forKeys: [.fileSizeKey]).fileSize)
    #expect(partial.hasSuffix(".incomplete") && size > 0 && size < 400_000)
    #expect(try limn("models", "pull", "org/model", "-y", in: folder).status == 0)
    #expect(hub.requests.last?.range == size)
  }

  @Test func killedAtRandomInstantsItEndsAsIfUndisturbed() throws {
    let kills = Int(ProcessInfo.processInfo.environment["LIMN_KILLS"] ?? "") ?? 5
    let names = ["a", "b", "c", "d", "e"]
    for (number, name) in names.enumerated() {
      hub.add("org/model", ["unet/\(name).safetensors": Self.bytes(300_000, seed: number)])
    }
    let all = names.map { "--file unet/\($0).safetensors" }.joined(separator: " ")
    hub.pace(bytes: max(500, 300_000 / (20 * kills)), milliseconds: 10)
    for _ in 0..<kills {
      let seconds = Double.random(in: 0.02...0.4)
      _ = try shell("limn models pull org/model -y -q \(all) & sleep \(seconds); kill -KILL $!; wait $!", in: folder)
    }
    #expect(try shell("limn models pull org/model -y -q \(all)", in: folder).status == 0)
    let killed = try shell(
      "cd '\(cache.path)' && find . | LC_ALL=C sort && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum && find . -type l -printf '%p %l\n' | LC_ALL=C sort",
      in: folder)
    let whole = try TestFolder()
    whole.environment["HF_ENDPOINT"] = hub.endpoint
    hub.pace(bytes: 1 << 20, milliseconds: 1)
    #expect(try shell("limn models pull org/model -y -q \(all)", in: whole).status == 0)
    let home = whole.environment["HOME"] ?? ""
    let undisturbed = try shell(
      "cd '\(home)/.cache/huggingface/hub' && find . | LC_ALL=C sort && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum && find . -type l -printf '%p %l\n' | LC_ALL=C sort",
      in: whole)
    #expect(killed.output == undisturbed.output && killed.output.contains("unet/e.safetensors"))
    #expect(try limn("models", "verify", "org/model", "-v", in: folder).lines.count == 5)
  }

  private static func bytes(_ count: Int, seed: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for place in 0..<count {
      let mixed: Int = (place &+ seed) &* 2_654_435_761
      bytes.append(UInt8(truncatingIfNeeded: mixed >> 16))
    }
    return bytes
  }

  @Test func twoProgramsFetchOnce() throws {
    hub.add("org/model", ["a.safetensors": [UInt8](repeating: 7, count: 200_000)])
    hub.pace(bytes: 5000, milliseconds: 10)
    let run = try shell(
      "limn models pull org/model -y & limn models pull org/model -y; a=$?; wait $! && exit $a", in: folder)
    #expect(run.status == 0 && run.lines.count == 2 && Set(run.lines).count == 1)
    #expect(hub.requests.count { $0.path.hasPrefix("/storage/") } == 1)
  }

  // MARK: Adding, verifying, removing

  @Test func addedModelsHaveANameUntilTheyAreRemoved() throws {
    try folder.addModel("tiny")
    let paint = ["a fox", "--steps", "1", "--seed", "1", "-o"]
    #expect(try limn("models", "add", "model", "--name", "small", in: folder).lines.first?.hasPrefix("small  ") == true)
    #expect(try limn("models", "add", "model", "--copy", in: folder).status == 0)
    #expect(try limn(paint + ["a.png", "-m", "small"], in: folder).status == 0)
    #expect(try limn(paint + ["b.png", "-m", "model"], in: folder).status == 0)
    #expect(try limn("models", "verify", in: folder).status == 0)
    let taken = try limn("models", "add", "model", "--name", "small", in: folder)
    #expect(taken.status == 2 && taken.errors.contains("is taken by"))
    for name in ["default", "sdxl", "a/b", ".x", ""] {
      #expect(try limn("models", "add", "model", "--name", name, in: folder).status == 2, "\(name)")
    }
    #expect(try limn("models", "add", "nothing.gguf", in: folder).status == 5)
    try folder.write([1, 2, 3], to: "bad.safetensors")
    #expect(try limn("models", "add", "bad.safetensors", in: folder).status == 5)
    try folder.change("model/scheduler/scheduler_config.json") { $0.append(0x20) }
    let changed = try limn("models", "verify", in: folder)
    #expect(changed.status == 5 && changed.output == "changed small/scheduler/scheduler_config.json\n")
    #expect(try limn("models", "remove", "small", in: folder).status == 2, "nobody to ask")
    #expect(try limn("models", "remove", "small", "-y", in: folder).status == 0)
    #expect(folder["model/model_index.json"] != nil, "the link alone goes")
    #expect(try limn("models", "remove", "small", "-y", in: folder).status == 5)
    #expect(try limn("models", "verify", in: folder).status == 0)
  }

  @Test func cachedModelsAreVerifiedAndRemoved() throws {
    hub.add("org/model", ["a.safetensors": [1, 2, 3], "b.txt": [4]])
    #expect(
      try limn("models", "pull", "org/model", "-yq", "--file", "a.safetensors", "--file", "b.txt", in: folder).status
        == 0)
    #expect(try limn("models", "verify", "org/model", in: folder).status == 0)
    let blob = cache.appending(path: "models--org--model/blobs/\(TestHub.digits("a.safetensors", [1, 2, 3]))")
    try Data([1, 2, 4]).write(to: blob)
    let run = try limn("models", "verify", "org/model", in: folder)
    #expect(run.status == 5 && run.output == "changed org/model a.safetensors\n")
    #expect(try limn("models", "remove", "org/model@v7", "-y", in: folder).status == 5)
    #expect(try limn("models", "remove", "org/model", "-y", in: folder).status == 0)
    #expect(try shell("find '\(cache.path)' | grep -c org--model", in: folder).output == "0\n")
  }

  @Test func theCatalogueIsListed() throws {
    let run = try limn("models", "list", "--catalogue", "--json", in: folder)
    let models = try run.objects()
    #expect(models.count >= 8)
    for model in models {
      #expect((model["seconds"] as? Double ?? 0) > 0 && (model["repository"] as? String)?.contains("/") == true)
    }
    #expect(try limn("models", "list", "--catalogue", in: folder).lines.count == models.count)
    #expect(try limn("models", "show", "klein", in: folder).output.contains("not here yet: limn models pull klein"))
  }
}
