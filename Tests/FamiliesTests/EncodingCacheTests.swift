import Foundation
import Synchronization
import Tensors
import Testing

@testable import Families

@Suite struct EncodingCacheTests {
  private struct Files: TensorSource {
    var origin: String { "memory" }
    var names: [String] { [] }
    let fileStamps: [String]
    func stored(_ name: String) -> StoredTensor? { nil }
  }

  private static let tensors = [
    Tensor(shape: [1, 2, 3], values: [1, -2, 3.5, 0, -0.0, 1e-30]), Tensor([7]), Tensor(shape: [0, 4]),
    Tensor(shape: [], values: [5]),
  ]

  private func key(_ facts: String..., stamps: [String] = ["model 1"]) throws -> EncodingKey {
    try #require(EncodingKey(of: Files(fileStamps: stamps), facts))
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "limn-test-\(UUID().uuidString)/limn/encodings")
    defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent().deletingLastPathComponent()) }
    try body(folder)
  }

  private func files(_ folder: URL) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  private func permissions(_ path: String) -> Int? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int
  }

  /// Whether the cache knew the key; it is given `tensors` where not.
  private func knows(_ cache: EncodingCache, _ key: EncodingKey?, _ tensors: [Tensor] = tensors) throws -> Bool {
    var isKnown = true
    let found = cache.cached(key) {
      isKnown = false
      return tensors
    }
    #expect(found.map(\.shape) == tensors.map(\.shape))
    #expect(zip(found, tensors).allSatisfy { $0.values.map(\.bitPattern) == $1.values.map(\.bitPattern) })
    return isKnown
  }

  @Test func everythingIsComputedOnce() throws {
    try withFolder { folder in
      let cache = EncodingCache(folder: folder.path)
      let key = try key("a red fox")
      #expect(try !knows(cache, key))
      #expect(try knows(cache, key))
      // Of another process, as it were.
      #expect(try knows(EncodingCache(folder: folder.path), key))
      #expect(files(folder) == [key.name])
      #expect(permissions(folder.path) == 0o700 && permissions(folder.path + "/" + key.name) == 0o600)
      #expect(!key.name.contains("fox"))
    }
  }

  @Test func keysDiffer() throws {
    let keys = try [
      key("a", "b"), key("ab"), key("ab", ""), key("", "ab"), key("b", "a"), key("a", "b", stamps: ["model 2"]),
      key("b", stamps: ["model 1", "a"]), key("a", "b", stamps: ["model", "1"]),
    ]
    #expect(Set(keys).count == keys.count && Set(keys.map(\.name)).count == keys.count)
    #expect(try key("a", "b") == keys[0])
    #expect(EncodingKey(of: Files(fileStamps: []), ["a"]) == nil)
  }

  @Test func withoutAKeyNothingIsKept() throws {
    try withFolder { folder in
      let cache = EncodingCache(folder: folder.path)
      for _ in 0..<2 {
        let isKnown = try knows(cache, nil)
        #expect(!isKnown)
      }
      #expect(files(folder) == [])
    }
  }

  @Test func whatIsNoNumberIsNotKept() throws {
    try withFolder { folder in
      let cache = EncodingCache(folder: folder.path)
      let damaged = [Tensor([1, .nan])]
      for _ in 0..<2 {
        var count = 0
        _ = cache.cached(try key("a")) {
          count += 1
          return damaged
        }
        #expect(count == 1)
      }
      #expect(files(folder) == [])
    }
  }

  private struct Failure: Error {}

  @Test func errorsPassThrough() throws {
    try withFolder { folder in
      let cache = EncodingCache(folder: folder.path)
      let key = try key("a")
      #expect(throws: Failure.self) { try cache.cached(key) { throw Failure() } }
      #expect(try !knows(cache, key))
    }
  }

  /// Every byte counts, and so does the name.
  @Test func damagedFilesAreMadeAnew() throws {
    try withFolder { folder in
      let cache = EncodingCache(folder: folder.path)
      let key = try key("a")
      _ = try knows(cache, key)
      let path = folder.appending(path: key.name)
      let sound = try Data(contentsOf: path)
      var damaged = [Data(), sound.dropLast(), sound + [0], Data(count: sound.count), sound.prefix(31)]
      for index in stride(from: 0, to: sound.count, by: 7) {
        var changed = sound
        changed[index] ^= 0x10
        damaged.append(changed)
      }
      for bytes in damaged {
        try bytes.write(to: path)
        #expect(try !knows(cache, key))
        #expect(try knows(cache, key))
      }
      let other = try self.key("b")
      try FileManager.default.moveItem(at: path, to: folder.appending(path: other.name))
      #expect(try !knows(cache, other))
    }
  }

  /// Sound checksums over anything: nil, never a trap or a large allocation.
  @Test func numbersThatDoNotFit() throws {
    let key = try key("a")
    #expect(EncodingFile.tensors(in: EncodingFile.bytes(of: [], key), key)?.isEmpty == true)
    func file(_ numbers: [Int]) -> [UInt8] {
      // A tensor of the same bytes, its own head and checksum taken off.
      let values = numbers.flatMap { number in
        [
          Float(bitPattern: UInt32(truncatingIfNeeded: number)),
          Float(bitPattern: UInt32(truncatingIfNeeded: number >> 32)),
        ]
      }
      return EncodingFile.sealed(Array(EncodingFile.bytes(of: [Tensor(values)], key).dropFirst(24).dropLast(32)), key)
    }
    #expect(EncodingFile.tensors(in: file([1, 1, 2, 0]), key)?.first?.shape == [2])
    for numbers in [
      [], [1], [-1], [1 << 40], [1, -1], [1, 99], [1, 1, -1], [1, 1, 1 << 60], [1, 2, 1 << 31, 1 << 31], [1, 1, 3, 0],
      [1, 1, 1, 0, 0], [2, 1, 2, 0], [1, 4, 16, 16, 16, 16],
    ] { #expect(EncodingFile.tensors(in: file(numbers), key) == nil, "\(numbers)") }
  }

  @Test func theOldestGoFirst() throws {
    try withFolder { folder in
      let one = [Tensor(shape: [1000])]
      let size = EncodingFile.bytes(of: one, try key("")).count
      let cache = EncodingCache(folder: folder.path, capacity: 3 * size + 10)
      let keys = try ["a", "b", "c", "d"].map { try key($0) }
      for (age, key) in keys.prefix(3).enumerated() {
        #expect(try !knows(cache, key, one))
        let used = Date(timeIntervalSinceNow: Double(age) * 100 - 1000)
        try FileManager.default.setAttributes(
          [.modificationDate: used], ofItemAtPath: folder.path + "/" + key.name)
      }
      #expect(try knows(cache, keys[0], one))  // Just used: the second is the oldest now.
      #expect(try !knows(cache, keys[3], one))
      #expect(files(folder) == [keys[0], keys[2], keys[3]].map(\.name).sorted())
      // What does not fit at all throws nobody out.
      #expect(try !knows(cache, key("large"), [Tensor(shape: [4000])]))
      #expect(files(folder).count == 3)
    }
  }

  @Test func foldersThatCannotBeUsedAreNoErrors() throws {
    try withFolder { folder in
      let parent = folder.deletingLastPathComponent()
      try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
      try Data().write(to: folder)  // A file has the name.
      for _ in 0..<2 { #expect(try !knows(EncodingCache(folder: folder.path), key("a"))) }
      for path in ["/proc/no-such/encodings", "/dev/null/encodings", ""] {
        for _ in 0..<2 { #expect(try !knows(EncodingCache(folder: path), key("a"))) }
      }
    }
  }

  @Test func aFolderOpenToOthersIsClosed() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
      try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
      let cache = EncodingCache(folder: folder.path)
      let key = try key("a")
      // What somebody else may have put there is not read.
      try Data(EncodingFile.bytes(of: Self.tensors, key)).write(to: folder.appending(path: key.name))
      #expect(try !knows(cache, key))
      #expect(permissions(folder.path) == 0o700)
      #expect(try knows(cache, key))
    }
  }

  @Test func manyAtATime() throws {
    try withFolder { folder in
      let keys = try (0..<4).map { try key("\($0)") }
      let wrong = Mutex(0)
      DispatchQueue.concurrentPerform(iterations: 64) { index in
        let tensor = Tensor(shape: [500], filledWith: Float(index % 4))
        let cache = EncodingCache(folder: folder.path, capacity: 3 * 2200)
        let found = cache.cached(keys[index % 4]) { [tensor] }
        if found.map(\.values) != [tensor.values] { wrong.withLock { $0 += 1 } }
      }
      #expect(wrong.withLock { $0 } == 0)
      #expect(files(folder).allSatisfy { name in keys.contains { $0.name == name } })
    }
  }
}
