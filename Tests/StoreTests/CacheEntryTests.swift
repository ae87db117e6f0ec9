import Foundation
import HubSamples
import Store
import System
import Testing

/// What is done with models that lie in the cache.
@Suite struct CacheEntryTests {
  private func filled() async throws -> (TestCache, CacheEntry) {
    let cache = try TestCache()
    cache.hub.add("org/model", smallModel)
    try await cache.pull()
    return (cache, CacheEntry("org/model", root: cache.root))
  }

  @Test func hashesAreTheBlobsNames() async throws {
    let (cache, entry) = try await filled()
    let files = try #require(entry.snapshots.first).files
    #expect(files.count == 8)
    for file in files { #expect(try CacheEntry.verify(file) == .whole) }
    let weights = try #require(files.first { $0.path.hasSuffix("model-00001-of-00002.safetensors") })
    try Data(noise(weights.size)).write(to: URL(filePath: weights.blob))
    #expect(try CacheEntry.verify(weights) == .changed)
    try FileManager.default.removeItem(atPath: weights.blob)
    let broken = try #require(entry.snapshots.first?.files.first { $0.path == weights.path })
    #expect(try CacheEntry.verify(broken) == .missing)
    let copy = CachedFile(path: "x", blob: "\(cache.root)/CACHEDIR.TAG", size: 3, digest: nil)
    #expect(try CacheEntry.verify(copy) == .unknown)
  }

  @Test func oneRevisionGoesAndTheOtherStays() async throws {
    let (cache, entry) = try await filled()
    // Another revision with one file of its own, the rest in common.
    let (old, new) = (
      "\(entry.folder)/snapshots/\(TestHub.commit)", "\(entry.folder)/snapshots/" + String(repeating: "b", count: 40)
    )
    try FileManager.default.copyItem(atPath: old, toPath: new)
    let own = "\(entry.folder)/blobs/" + String(repeating: "c", count: 64)
    try Data([1, 2, 3]).write(to: URL(filePath: own))
    try FileManager.default.createSymbolicLink(
      atPath: "\(new)/extra", withDestinationPath: "../../blobs/" + String(repeating: "c", count: 64))
    let blobs = Set(cache.tree.keys.filter { $0.contains("/blobs/") })
    let removal = try entry.removal(of: String(repeating: "b", count: 40))
    #expect(removal.bytes == 3 && !removal.isWhole)
    try entry.remove(removal)
    let left = Set(cache.tree.keys.filter { $0.contains("/blobs/") })
    #expect(blobs.count == left.count + 1 && PathKind(own) == .missing)
    for file in try #require(entry.snapshots.first).files { #expect(try CacheEntry.verify(file) == .whole) }
    #expect(throws: UserError.self) { try entry.removal(of: "other") }
    try entry.remove(try entry.removal(of: "main"))
    #expect(!entry.isThere && cache.tree.keys.filter { $0.contains("org--model") }.isEmpty)
  }
}
