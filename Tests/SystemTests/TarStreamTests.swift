import Foundation
import System
import TestSupport
import Testing

/// Archives read back by `tar`.
@Suite struct TarStreamTests {
  private static let modified = Date(timeIntervalSince1970: 1_700_000_000)

  /// The files that `tar` makes of an archive, by path.
  private func unpacked(_ archive: [UInt8]) async throws -> [String: [UInt8]] {
    try await withTemporaryFolder { folder in
      let inner = folder.appending(path: "a/b/c")
      try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
      try Data(archive).write(to: folder.appending(path: "archive"))
      let tar = Process()
      tar.executableURL = URL(filePath: "/bin/sh")
      tar.arguments = ["-c", "tar -x -f ../../../archive"]
      tar.currentDirectoryURL = inner
      let end = DispatchSemaphore(value: 0)
      tar.terminationHandler = { _ in end.signal() }
      try tar.run()
      await wait(for: end)
      #expect(tar.terminationStatus == 0)
      var files: [String: [UInt8]] = [:]
      for path in FileManager.default.enumerator(atPath: folder.path)?.compactMap({ $0 as? String }) ?? [] {
        let file = folder.appending(path: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        guard path != "archive", attributes[.type] as? FileAttributeType == .typeRegular else { continue }
        #expect(attributes[.modificationDate] as? Date == Self.modified)
        files[path] = Array(try Data(contentsOf: file))
      }
      return files
    }
  }

  private func wait(for end: DispatchSemaphore) async {
    await withCheckedContinuation { continuation in
      Thread {
        end.wait()
        continuation.resume()
      }.start()
    }
  }

  private func entry(_ name: String, _ bytes: [UInt8] = [1]) -> [UInt8] {
    TarStream.entry(name: name, bytes: bytes, modified: Self.modified)
  }

  @Test func filesOfEverySizeComeBack() async throws {
    let sizes = [0, 1, 511, 512, 513, 1024, 70_000]
    let contents = sizes.map { size in (0..<size).map { UInt8(truncatingIfNeeded: $0 * 7 + size) } }
    let archive = zip(sizes, contents).flatMap { entry("file-\($0)", $1) } + TarStream.end
    #expect(archive.count % 512 == 0)
    let files = try await unpacked(archive)
    #expect(files.count == sizes.count)
    for (size, bytes) in zip(sizes, contents) { #expect(files["a/b/c/file-\(size)"] == bytes) }
  }

  @Test(
    "names",
    arguments: [
      ("fox.png", "fox.png"), ("out/fox.png", "out/fox.png"), ("café 犬.png", "café 犬.png"),
      (String(repeating: "x", count: 100), String(repeating: "x", count: 100)),
      (String(repeating: "x", count: 101), String(repeating: "x", count: 101)),
      (String(repeating: "deep/", count: 60) + "fox.png", String(repeating: "deep/", count: 60) + "fox.png"),
      (String(repeating: "é", count: 120) + ".png", String(repeating: "é", count: 120) + ".png"),
      ("../../fox.png", "fox.png"), ("/etc/fox.png", "etc/fox.png"), ("a/../../../fox.png", "a/fox.png"),
      ("./a/./fox.png", "a/fox.png"), ("a//fox.png", "a/fox.png"), ("..fox/...png", "..fox/...png"),
    ])
  func names(_ name: String, _ expected: String) async throws {
    #expect(try await unpacked(entry(name) + TarStream.end) == ["a/b/c/\(expected)": [1]])
  }

  /// The length of a pax record counts its own digits: 98 or 99 bytes of the rest need three.
  @Test func everyLengthOfALongNameComesBack() async throws {
    let names = (80...110).map { String(repeating: "é", count: $0 / 2) + String(repeating: "x", count: $0 % 2) }
    let files = try await unpacked(names.flatMap { entry($0) } + TarStream.end)
    #expect(Set(files.keys) == Set(names.map { "a/b/c/\($0)" }))
  }
}
