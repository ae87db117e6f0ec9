import Foundation
import TestSupport
import Testing

@testable import System

@Suite("Writing files")
struct AtomicFileTests {
  private func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test("A taken name is left alone and the next one used") func rename() async throws {
    try await withTemporaryFolder { folder in
      let path = folder.appending(path: "red-fox-42.png").path
      let saved = try (1...3).map { try AtomicFile.save([UInt8($0)], to: path, ifTaken: .rename) }
      #expect(
        saved.map { ($0 as NSString).lastPathComponent } == ["red-fox-42.png", "red-fox-42-2.png", "red-fox-42-3.png"])
      #expect(try Data(contentsOf: URL(filePath: path)) == Data([1]))
      #expect(try names(in: folder).count == 3)
    }
  }

  @Test("Sixteen writers of one name get sixteen files") func race() async throws {
    try await withTemporaryFolder { folder in
      let path = folder.appending(path: "fox.png").path
      let saved = try await withThrowingTaskGroup(of: (UInt8, String).self) { group in
        for writer in UInt8(0)..<16 {
          group.addTask { (writer, try AtomicFile.save([writer], to: path, ifTaken: .rename)) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(saved.map(\.1)).count == 16)
      for (writer, path) in saved { #expect(try Data(contentsOf: URL(filePath: path)) == Data([writer])) }
      #expect(try names(in: folder).count == 16)
    }
  }

  @Test("A file in pieces is there whole or not at all") func pieces() async throws {
    struct Trouble: Error {}
    try await withTemporaryFolder { folder in
      let path = folder.appending(path: "model.gguf").path
      #expect(throws: Trouble.self) {
        try AtomicFile.stream(to: path, ifTaken: .refuse, bytes: 3) { write in
          try write([1, 2])
          throw Trouble()
        }
      }
      #expect(try names(in: folder) == [])
      let saved = try AtomicFile.stream(to: path, ifTaken: .refuse, bytes: 3) { write in
        for byte in UInt8(1)...3 { try write([byte]) }
      }
      #expect(try saved == path && Data(contentsOf: URL(filePath: path)) == Data([1, 2, 3]))
      #expect(throws: AtomicFileError.exists(path: path)) {
        try AtomicFile.stream(to: path, ifTaken: .refuse, bytes: 0) { _ in }
      }
      #expect(try names(in: folder) == ["model.gguf"])
    }
  }

  @Test("Replacing keeps permissions and symbolic links") func replace() async throws {
    try await withTemporaryFolder { folder in
      let file = folder.appending(path: "a.png").path
      let alias = folder.appending(path: "b.png").path
      try AtomicFile.save([1], to: file, ifTaken: .refuse)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
      try FileManager.default.createSymbolicLink(atPath: alias, withDestinationPath: file)
      #expect(try AtomicFile.save([2, 3], to: alias, ifTaken: .replace) == alias)
      #expect(try Data(contentsOf: URL(filePath: file)) == Data([2, 3]))
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: alias) == file)
      #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
      #expect(throws: AtomicFileError.exists(path: file)) { try AtomicFile.save([4], to: file, ifTaken: .refuse) }
      #expect(try names(in: folder) == ["a.png", "b.png"])
    }
  }

  @Test("Permissions that are asked for go before those that were there") func permissions() async throws {
    try await withTemporaryFolder { folder in
      let file = folder.appending(path: "a").path
      for permissions: mode_t in [0o600, 0o644, 0o600] {
        try AtomicFile.save([1], to: file, ifTaken: .replace, permissions: permissions)
        let found = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(found == Int(permissions))
      }
    }
  }

  @Test("Base directories count only where they are absolute") func baseFolders() {
    #expect(BaseFolder.cache(["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/limn")
    #expect(BaseFolder.cache(["XDG_CACHE_HOME": "c", "HOME": "/h"], home: "/x") == "/h/.cache/limn")
    #expect(BaseFolder.cache(["HOME": ""], home: "/x") == "/x/.cache/limn")
    #expect(BaseFolder.folder("XDG_STATE_HOME", ".local/state", [:]) == "/.local/state/limn")
  }

  @Test("What goes wrong is a sentence and leaves no scrap") func errors() async throws {
    try await withTemporaryFolder { folder in
      let path = folder.path
      #expect(throws: AtomicFileError.isFolder(path: path)) { try AtomicFile.save([1], to: path, ifTaken: .replace) }
      let nowhere = path + "/none/a.png"
      let error = #expect(throws: AtomicFileError.self) { try AtomicFile.save([1], to: nowhere, ifTaken: .rename) }
      #expect(
        error?.description
          == "\(nowhere) cannot be written: there is no folder \(path)/none. Make it first, or choose another place.")
      let long = path + "/" + String(repeating: "x", count: 300)
      let tooLong = #expect(throws: AtomicFileError.self) { try AtomicFile.save([1], to: long, ifTaken: .rename) }
      #expect(tooLong?.description == "\(long) cannot be written: its name is too long.")
      let left = try names(in: folder)
      #expect(left.isEmpty)
    }
  }

  #if os(Linux)
    /// What is killed while it writes leaves nothing behind: the file has no name until it is whole.
    @Test("A file that is being written stands in no folder") func nameless() async throws {
      try await withTemporaryFolder { folder in
        let path = folder.appending(path: "fox.png").path
        let bytes = [UInt8](repeating: 7, count: 32 << 20)
        async let saved = AtomicFile.save(bytes, to: path, ifTaken: .rename)
        var seen: Set<String> = []
        while !FileManager.default.fileExists(atPath: path) { seen.formUnion(try names(in: folder)) }
        #expect(try await saved == path)
        #expect(seen.subtracting(["fox.png"]).isEmpty)
      }
    }

    @Test("A full disk is a sentence; devices are written to, not replaced") func devices() throws {
      #expect(throws: AtomicFileError.noSpace(path: "/dev/full", bytes: 3)) {
        try AtomicFile.save([1, 2, 3], to: "/dev/full", ifTaken: .replace)
      }
      #expect(try AtomicFile.save([1, 2, 3], to: "/dev/null", ifTaken: .replace) == "/dev/null")
      #expect(
        try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
          == .typeCharacterSpecial)
    }
  #endif

  @Test(
    "Numbers go before the ending",
    arguments: [
      ("a/b.c/fox.png", "a/b.c/fox-2.png"), ("fox", "fox-2"), ("a.b/fox", "a.b/fox-2"), (".fox", ".fox-2"),
      ("/fox.tar.gz", "/fox.tar-2.gz"),
    ])
  func numbering(path: String, expected: String) { #expect(PathParts.numbered(path, 2) == expected) }
}
