import Foundation
import History
import Testing

/// A user's folder for one test, with a home and a bundled model of their own; removed with the last reference.
///
/// The bundled model is the fixture `transformer` of Tests/Fixtures/Pictures: it paints noise, in milliseconds.
final class TestFolder {
  /// Where commands run; empty at first.
  let work: URL
  /// The database of this test's runs.
  let history: URL
  private let root: URL
  var environment: [String: String]

  /// - Parameter bundled: The model that limn finds when none is named.
  init(bundled: URL = TestFolder.fixture("transformer")) throws {
    root = try TestFolder.fresh()
    work = root.appending(path: "work")
    history = root.appending(path: "home/.local/state/limn/history.sqlite")
    let weights = root.appending(path: "weights")
    for folder in [work, weights, root.appending(path: "home")] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    }
    try FileManager.default.createDirectory(
      at: history.deletingLastPathComponent(), withIntermediateDirectories: true)
    for (name, place) in [("default", bundled), ("guardrail", TestFolder.weights.appending(path: "guardrail"))] {
      try FileManager.default.createSymbolicLink(at: weights.appending(path: name), withDestinationURL: place)
    }
    environment = [
      "HOME": root.appending(path: "home").path, "LIMN_WEIGHTS": weights.path,
      "PATH": "\(Program.folder):/usr/local/bin:/usr/bin:/bin",
    ]
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  static func fresh() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "limn-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL
  /// The project's own weights.
  static let weights = repository.appending(path: "weights")

  /// A model or picture of Tests/Fixtures/Pictures.
  static func fixture(_ name: String) -> URL { repository.appending(path: "Tests/Fixtures/Pictures/\(name)") }

  /// The names of what lies in the working folder, sorted.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: work.path).sorted() }
  }

  subscript(name: String) -> [UInt8]? { (try? Data(contentsOf: work.appending(path: name))).map(Array.init) }

  /// The history as it is in the file.
  func openHistory() throws -> HistoryStore { try HistoryStore(path: history.path) }

  func write(_ bytes: [UInt8], to name: String) throws { try Data(bytes).write(to: work.appending(path: name)) }

  /// A picture to start from, 64x64.
  @discardableResult
  func addReference(_ name: String = "reference.png") throws -> [UInt8] {
    let bytes = Array(try Data(contentsOf: TestFolder.fixture("sd1-reference.reference.png")))
    try write(bytes, to: name)
    return bytes
  }

  /// Copies a model into the working folder, to be damaged there.
  func addModel(_ name: String, as copy: String = "model") throws {
    let (fixture, folder) = (TestFolder.fixture(name), work.appending(path: copy))
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    // Parts that fixtures share are links.
    for part in try FileManager.default.contentsOfDirectory(atPath: fixture.path) {
      try FileManager.default.copyItem(
        at: fixture.appending(path: part).resolvingSymlinksInPath(), to: folder.appending(path: part))
    }
  }

  /// Changes a file of the working folder.
  func change(_ name: String, _ body: (inout [UInt8]) throws -> Void) throws {
    var bytes = try #require(self[name])
    try body(&bytes)
    try write(bytes, to: name)
  }
}

/// A PNG of that size, as far as its first bytes say.
func expectPNG(_ bytes: [UInt8]?, _ width: Int, _ height: Int, sourceLocation: SourceLocation = #_sourceLocation) {
  guard let bytes, bytes.count > 24, bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else {
    Issue.record("no PNG", sourceLocation: sourceLocation)
    return
  }
  let sides = [16, 20].map { start in bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
  #expect(sides[0] == width && sides[1] == height, sourceLocation: sourceLocation)
  #expect(
    bytes.suffix(8).prefix(4).elementsEqual("IEND".utf8), "the picture is whole", sourceLocation: sourceLocation)
}
