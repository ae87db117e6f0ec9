import Foundation
import Testing

@testable import System

/// Files packed behind a made-up program: the smallest ELF header, and an archive by `tar`.
@Suite final class PackedFilesTests {
  let folder: URL
  var program: String { folder.appending(path: "program").path }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "limn-files-\(UUID().uuidString)")
    let files = folder.appending(path: "files/model/unet")
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
    try Data("settings".utf8).write(to: folder.appending(path: "files/model/index.json"))
    try Data(repeating: 7, count: 10_000).write(to: files.appending(path: "weights"))
    try Data().write(to: files.appending(path: "nothing"))
    try pack()
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// - Parameter sectionsEnd: What the header says; the archive begins with the next page.
  private func pack(sectionsEnd: Int = 64) throws {
    let tar = Process()
    tar.executableURL = URL(filePath: "/bin/sh")
    tar.arguments = ["-c", "tar --format=ustar -cf ../archive model"]
    tar.currentDirectoryURL = folder.appending(path: "files")
    try tar.run()
    tar.waitUntilExit()
    var header = [UInt8](repeating: 0, count: 64)
    header.replaceSubrange(0..<6, with: [0x7F, 0x45, 0x4C, 0x46, 2, 1])
    for place in 0..<7 { header[0x28 + place] = UInt8(truncatingIfNeeded: sectionsEnd >> (8 * place)) }
    let padding = [UInt8](repeating: 0, count: (sectionsEnd + 4095) / 4096 * 4096 - 64)
    let archive = try Data(contentsOf: folder.appending(path: "archive"))
    try (Data(header + padding) + archive).write(to: URL(filePath: program))
  }

  @Test func aProgramIsAFolderOfItsFiles() throws {
    #expect(PathKind(program) == .file)
    #expect(PathKind("\(program)/model") == .folder)
    #expect(PathKind("\(program)/model/unet/weights") == .file)
    #expect(PathKind("\(program)/mode") == .missing && PathKind("\(program)/model/other") == .missing)
    #expect(FileTree.names(in: "\(program)/model") == ["index.json", "unet"])
    #expect(FileTree.names(in: "\(program)/model/unet") == ["nothing", "weights"])
    #expect(try FileTree.read("\(program)/model/index.json", atMost: 100) == Array("settings".utf8))
    #expect(try FileTree.read("\(program)/model/unet/weights", atMost: 10_000) == Array(repeating: 7, count: 10_000))
    #expect(try FileTree.read("\(program)/model/unet/nothing", atMost: 0).isEmpty)
    let place = FileTree.place(of: "\(program)/model/unet/weights")
    #expect(place.path == program && place.range.map { $0.count == 10_000 && $0.lowerBound % 512 == 0 } == true)
  }

  @Test func filesOfTheirOwnAreReadAsEver() throws {
    let files = folder.appending(path: "files").path
    #expect(FileTree.names(in: "\(files)/model") == ["index.json", "unet"])
    #expect(FileTree.place(of: "\(files)/model") == FilePlace(path: "\(files)/model", range: nil))
    #expect(try FileTree.read("\(files)/model/index.json", atMost: 100) == Array("settings".utf8))
    #expect(throws: FileError.missing) { try FileTree.read("\(files)/none", atMost: 1) }
    #expect(throws: FileError.missing) { try FileTree.read("\(program)/none", atMost: 1) }
    #expect(throws: FileError.unreadable) { try FileTree.read(files, atMost: 1) }
    #expect(throws: FileError.tooLarge(limit: 7)) { try FileTree.read("\(files)/model/index.json", atMost: 7) }
  }

  @Test("whatever is cut off or claims too much is not there", arguments: [100, 4096, 4100, 5000, 9000, 15_000])
  func damaged(_ length: Int) throws {
    let whole = try Data(contentsOf: URL(filePath: program))
    #expect(length < whole.count)
    let cut = folder.appending(path: "cut-\(length)").path
    try whole.prefix(length).write(to: URL(filePath: cut))
    #expect(PathKind("\(cut)/model/unet/weights") == .missing)
    for name in FileTree.names(in: "\(cut)/model/unet") {
      #expect(throws: Never.self) { try FileTree.read("\(cut)/model/unet/\(name)", atMost: 10_000) }
    }
  }

  @Test(arguments: [-1, 1 << 50, 1 << 54]) func sectionsFarAway(_ end: Int) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: program)))
    for place in 0..<8 { bytes[0x28 + place] = UInt8(truncatingIfNeeded: end >> (8 * place)) }
    let path = folder.appending(path: "far\(end)").path
    try Data(bytes).write(to: URL(filePath: path))
    #expect(PathKind("\(path)/model") == .missing)
  }
}
