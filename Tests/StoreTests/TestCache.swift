import Foundation
import HubSamples
import Store
import Synchronization
import System

/// A cache of its own, with a hub beside it.
final class TestCache {
  let hub: TestHub
  let root: String
  var settings: HubSettings
  let notes = Notes()

  final class Notes: Sendable {
    private let sentences = Mutex<[String]>([])

    func add(_ sentence: String) { sentences.withLock { $0.append(sentence) } }
    var all: [String] { sentences.withLock { $0 } }
  }

  init() throws {
    hub = try TestHub()
    root = FileManager.default.temporaryDirectory.appending(path: "limn-store-\(UUID().uuidString)").path
    settings = try HubSettings(environment: ["HF_ENDPOINT": hub.endpoint, "HOME": root])
    settings.pauseSeconds = 0.01
    // A machine that runs all other tests beside may keep the hub waiting.
    settings.idleSeconds = 20
  }

  deinit {
    hub.close()
    try? FileManager.default.removeItem(atPath: root)
  }

  /// Pulls, and returns the path of what came.
  @discardableResult
  func pull(
    _ name: String = "org/model", _ selection: FileSelection = FileSelection(),
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> String {
    let (root, notes) = (root, notes)
    let reference = try ModelReference(name)
    return try await HubConnection.with(
      settings, report: { notes.add($0) },
      { try await ModelPull(reference, selection, root: root, over: $0).run(progress: progress) })
  }

  /// Every path below the cache with what it holds: a link its target, a file its size.
  var tree: [String: String] {
    var found: [String: String] = [:]
    for case let path as String in FileManager.default.enumerator(atPath: root) ?? FileManager.DirectoryEnumerator() {
      let place = "\(root)/\(path)"
      if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: place) {
        found[path] = "-> \(target)"
      } else if PathKind(place) == .file {
        found[path] = "\((try? FileTree.read(place, atMost: 1 << 30).count) ?? -1)"
      }
    }
    return found
  }

  func read(_ path: String) -> [UInt8]? { try? FileTree.read(path, atMost: 1 << 30) }
}

/// Bytes that look like nothing in particular.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 33)
  }
}

/// A diffusers folder of two components, with copies that limn does not read.
let smallModel: [String: [UInt8]] = [
  "model_index.json": Array(
    #"{"_class_name": "P", "unet": ["diffusers", "U"], "scheduler": ["diffusers", "S"], "text_encoder": ["transformers", "T"], "safety_checker": [null, null]}"#
      .utf8),
  "README.md": Array("a model".utf8), "model.ckpt": noise(50),
  "scheduler/scheduler_config.json": Array("{}".utf8),
  "unet/config.json": Array(#"{"a": 1}"#.utf8),
  "unet/diffusion_pytorch_model.safetensors": noise(300_000),
  "unet/diffusion_pytorch_model.fp16.safetensors": noise(150_000, seed: 2),
  "unet/diffusion_pytorch_model.bin": noise(1000), "unet/flax_model.msgpack": noise(1000),
  "text_encoder/config.json": Array("{}".utf8),
  "text_encoder/model.safetensors.index.json": Array("{}".utf8),
  "text_encoder/model-00001-of-00002.safetensors": noise(70_000, seed: 3),
  "text_encoder/model-00002-of-00002.safetensors": noise(60_000, seed: 4),
  "safety_checker/model.safetensors": noise(1000),
]
