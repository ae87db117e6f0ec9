import Engine
import Families
import Foundation
import History
import Images
import Painting
import Synchronization
import Testing

/// A user's installation for one test, with folders of its own; removed with the last reference.
final class Studio {
  let folder = FileManager.default.temporaryDirectory.appending(path: "limn-engine-\(UUID().uuidString)")
  let installation: Installation
  /// What engines said could not be recorded.
  let reports = Reports()

  final class Reports: Sendable {
    private let sentences = Mutex<[String]>([])
    var all: [String] { sentences.withLock { $0 } }
    func add(_ sentence: String) { sentences.withLock { $0.append(sentence) } }
  }

  static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL

  /// A model or picture of Tests/Fixtures.
  static func fixture(_ name: String) -> String { repository.appending(path: "Tests/Fixtures/\(name)").path }

  /// - Parameter environment: What differs from a user's who has set nothing up.
  init(_ environment: [String: String] = [:]) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var all = ["HOME": folder.path, "LIMN_WEIGHTS": Studio.repository.appending(path: "weights").path]
    for name in ["CACHE", "CONFIG", "DATA", "STATE"] {
      all["XDG_\(name)_HOME"] = folder.appending(path: name.lowercased()).path
    }
    installation = Installation(environment: all.merging(environment) { $1 }, executable: "/nowhere/limn")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func engine(omitsHistory: Bool = false) -> Engine {
    Engine(installation, omitsHistory: omitsHistory) { [reports] in reports.add($0) }
  }

  func place(_ name: String) -> String { folder.appending(path: name).path }

  /// Every run that is recorded, in order.
  func runs() throws -> [Run] {
    try HistoryStore(path: installation.historyPath).read { try Run.order(sql: "number").fetchAll($0) }
  }

  func audit() throws -> [AuditEntry] { try HistoryStore(path: installation.historyPath).audit() }
}

extension Engine {
  /// An order for a model of Tests/Fixtures/Pictures, or of the path that the settings name.
  func order(_ texts: [String: String], model: String = "Pictures/sd1") throws -> (order: Order, model: LoadedModel) {
    var texts = ["prompt": "a fox", "seed": "1", "steps": "2"].merging(texts) { $1 }
    texts["model"] = texts["model"] ?? Studio.fixture(model)
    let settings = try PictureSettings(texts)
    let loaded = try self.model(settings.model)
    let references = try settings.references.paths.map { try Picture(contentsOf: $0) }
    return (try admit(settings, loaded, inputs: OrderInputs(references: references)), loaded)
  }

  /// Paints into a folder and tells of the pictures.
  func pictures(
    _ texts: [String: String], model: String = "Pictures/sd1", in folder: URL, count: Int = 1,
    _ change: (inout PictureRequest) -> Void = { _ in }
  ) async throws -> [PaintedPicture] {
    let (order, model) = try order(texts, model: model)
    var request = PictureRequest(order, model) { order in
      .file(folder.appending(path: "\(order.seed).png").path, ifTaken: .rename)
    }
    request.count = count
    change(&request)
    let painted = Mutex<[PaintedPicture]>([])
    try await paint(request) { event in
      if case .painted(let picture) = event { painted.withLock { $0.append(picture) } }
    }
    return painted.withLock { $0 }
  }
}
