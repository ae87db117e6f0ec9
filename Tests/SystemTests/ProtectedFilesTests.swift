import Foundation
import Synchronization
import TestSupport
import Testing

@testable import System

/// Nothing that is written lands on what limn keeps or reads.
@Suite("Protected files")
struct ProtectedFilesTests {
  private static let collisions: [AtomicFile.Collision] = [.rename, .replace, .refuse]

  private func expectRefused(_ path: String, _ role: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let error = AtomicFileError.protected(path: path, role: role)
    for collision in ProtectedFilesTests.collisions {
      #expect(throws: error, sourceLocation: sourceLocation) { try AtomicFile.check(path, ifTaken: collision) }
      #expect(throws: error, sourceLocation: sourceLocation) { try AtomicFile.save([1], to: path, ifTaken: collision) }
    }
  }

  @Test("By whatever name the file goes") func names() async throws {
    try await withTemporaryFolder { folder in
      let file = folder.path + "/history.sqlite"
      try Data([7]).write(to: URL(filePath: file))
      ProtectedFiles.protect(file, as: "the history")
      let files = FileManager.default
      try files.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "history.sqlite")
      try files.createSymbolicLink(atPath: folder.path + "/links", withDestinationPath: "link")
      try files.linkItem(atPath: file, toPath: folder.path + "/hard")
      try files.createSymbolicLink(atPath: folder.path + "/folder", withDestinationPath: folder.path)
      for name in ["history.sqlite", "link", "links", "hard", "folder/history.sqlite", "folder//./link"] {
        expectRefused("\(folder.path)/\(name)", "the history")
      }
      let open = unsafe open(folder.path, O_RDONLY | O_DIRECTORY)
      defer { close(open) }
      #expect(ProtectedFiles.role(of: "history.sqlite", in: open) == "the history", "whatever path led there")
      #expect(try Data(contentsOf: URL(filePath: file)) == Data([7]))
      #expect(try files.contentsOfDirectory(atPath: folder.path).count == 5)
      let error = AtomicFileError.protected(path: file, role: "the history")
      #expect("\(error)" == "\(file) cannot be written: it is the history. Choose another name.")
    }
  }

  @Test("A name that no file has yet") func absent() async throws {
    try await withTemporaryFolder { folder in
      ProtectedFiles.protect(folder.path + "/history.sqlite-wal", as: "the history")
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/link", withDestinationPath: "history.sqlite-wal")
      for name in ["history.sqlite-wal", "link", ".//history.sqlite-wal"] {
        expectRefused("\(folder.path)/\(name)", "the history")
      }
      try AtomicFile.save([1], to: folder.path + "/history.sqlite-wal.png", ifTaken: .refuse)
    }
  }

  /// Somebody else owns a folder of the path and lets it lead elsewhere between the look and the writing.
  @Test("However fast a link turns", .timeLimit(.minutes(1))) func turningLinks() async throws {
    try await withTemporaryFolder { try writeBelowATurningLink(in: $0) }
  }

  private func writeBelowATurningLink(in folder: URL) throws {
    let file = folder.path + "/own/history.sqlite"
    for name in ["own", "theirs"] {
      try FileManager.default.createDirectory(
        at: folder.appending(path: name), withIntermediateDirectories: false)
    }
    try Data([7]).write(to: URL(filePath: file))
    ProtectedFiles.protect(file, as: "the history")
    let link = folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "theirs")
    let turning = TurningLink(link, between: ["own", "theirs"])
    defer { turning.stop() }
    var (saved, refused) = (0, 0)
    while saved + refused < 400 || saved == 0 || refused == 0 {
      let path = link + "/history.sqlite"
      switch Result(catching: { try AtomicFile.save([1], to: path, ifTaken: .replace) }) {
      case .success: saved += 1
      case .failure(let error):
        #expect(error as? AtomicFileError == .protected(path: path, role: "the history"))
        refused += 1
      }
    }
    #expect(try Data(contentsOf: URL(filePath: file)) == Data([7]))
  }

  @Test("limn itself may replace its own") func own() async throws {
    try await withTemporaryFolder { folder in
      let path = folder.path + "/guardrail.json"
      ProtectedFiles.protect(path, as: "the policy")
      try AtomicFile.saveOwn([1], to: path)
      try AtomicFile.saveOwn([2], to: path)
      #expect(try Data(contentsOf: URL(filePath: path)) == Data([2]))
    }
  }

  @Test("What is read is kept, and only for as long as it stands there") func inputs() async throws {
    try await withTemporaryFolder { folder in
      let path = folder.path + "/prompts.txt"
      try Data([7]).write(to: URL(filePath: path))
      try FileManager.default.linkItem(atPath: path, toPath: folder.path + "/hard")
      ProtectedFiles.protectInput(path, as: "the prompts")
      expectRefused(path, "the prompts")
      expectRefused(folder.path + "/hard", "the prompts")
      try FileManager.default.removeItem(atPath: path)
      try AtomicFile.save([1], to: folder.path + "/hard", ifTaken: .replace)
      try AtomicFile.save([1], to: path, ifTaken: .replace)
      ProtectedFiles.protectInput("/dev/null", as: "a device")
      try AtomicFile.save([1], to: "/dev/null", ifTaken: .replace)
    }
  }

  /// The system reads a name up to its first NUL: the next free name was looked for without end.
  @Test("A NUL is no part of a name", .timeLimit(.minutes(1))) func nul() async throws {
    try await withTemporaryFolder { folder in
      try Data([7]).write(to: folder.appending(path: "victim"))
      let path = folder.path + "/victim\0x.png"
      let error = AtomicFileError.refused(path: path, reason: "its name holds a NUL character")
      for collision in ProtectedFilesTests.collisions {
        #expect(throws: error) { try AtomicFile.save([1], to: path, ifTaken: collision) }
        #expect(throws: error) { try AtomicFile.check(path, ifTaken: collision) }
      }
      #expect(try Data(contentsOf: folder.appending(path: "victim")) == Data([7]))
    }
  }
}

/// A symbolic link that another thread lets lead elsewhere, again and again.
private final class TurningLink: Sendable {
  private let isOver = Mutex(false)
  private let hasEnded = DispatchSemaphore(value: 0)

  init(_ link: String, between targets: [String]) {
    Thread.detachNewThread { [self] in
      while !isOver.withLock({ $0 }) {
        for target in targets {
          unsafe symlink(target, link + ".next")
          unsafe rename(link + ".next", link)
        }
      }
      hasEnded.signal()
    }
  }

  func stop() {
    isOver.withLock { $0 = true }
    hasEnded.wait()
  }
}
