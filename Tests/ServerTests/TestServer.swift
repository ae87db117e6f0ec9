import Engine
import Foundation
import History
import Images
import JSON
import Painting
import Server
import Synchronization
import System

/// A server with a history of its own, on a port of its own.
final class TestServer: Sendable {
  let client: RawHTTP
  let address: LimnServer.Address
  let store: HistoryStore
  let folder: String
  /// Of Ada, who paints, Grace, who does too, and of an admin.
  let ada: String
  let grace: String
  let admin: String
  let viewer: String
  private let task: Task<Void, any Error>

  init(_ change: (inout ServerWish) -> Void = { _ in }) async throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "limn-server-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var environment = ProcessInfo.processInfo.environment
    for (name, place) in [
      "XDG_STATE_HOME": "state", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config",
    ] {
      environment[name] = "\(folder)/\(place)"
    }
    environment["LIMN_HISTORY"] = nil
    let weights = TestServer.weights
    environment["LIMN_WEIGHTS"] = weights
    let installation = Installation(environment: environment, executable: "\(weights)/../limn")
    let engine = Engine(installation) { sentence in print(sentence) }
    store = engine.recorder.store!
    let owner = try store.access(for: installation.person)
    func token(_ name: String, _ role: Role) throws -> String {
      try engine.recorder.store!.createToken(
        name, for: Person(userID: Token.webUser, name: name, groupIDs: []), role: role, lasting: nil, by: owner
      ).secret
    }
    ada = try token("ada", .creator)
    grace = try token("grace", .creator)
    admin = try token("root-of-all", .admin)
    viewer = try token("press", .viewer)
    var queue = QueueSettings(limit: MemoryLimit(wished: 2 << 30), picturesFolder: "\(folder)/pictures")
    queue.workers = 2
    var wish = ServerWish(queue: queue, owner: installation.person)
    wish.address = .network(host: "127.0.0.1", port: 0)
    change(&wish)
    let server = try LimnServer(wish, engine: engine)
    let (addresses, ready) = AsyncStream.makeStream(of: LimnServer.Address.self)
    task = Task { try await server.run { ready.yield($0) } }
    var iterator = addresses.makeAsyncIterator()
    address = await iterator.next()!
    client = RawHTTP(port: address.port ?? 0)
  }

  /// `weights` of this clone.
  static let weights: String = {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    return folder.appending(path: "weights").path
  }()

  /// One that tests share which do not disturb each other.
  static let shared = Task { try await TestServer() }

  /// Waits until a job has ended.
  func ended(_ id: String, _ token: String) async throws -> JSONValue {
    for _ in 0..<600 {
      guard let job = await client.request("GET", "/api/v1/jobs/\(id)", token: token)?.json else { break }
      if !["waiting", "painting"].contains(job["state"]?.string ?? "") { return job }
      try await Task.sleep(for: .milliseconds(200))
    }
    throw CancellationError()
  }

  func stop() { task.cancel() }

  deinit { task.cancel() }
}

extension Picture {
  static func sample(_ side: Int = 64) -> Picture {
    var picture = Picture(width: side, height: side, red: 200, green: 40, blue: 90)
    for index in picture.pixels.indices where index % 7 == 0 { picture.pixels[index] = UInt8(index % 251) }
    return picture
  }

  var png: [UInt8] { (try? PNGEncoder.encode(self, effort: .fast)) ?? [] }
}

/// Swift Testing has a type of that name too.
typealias LimnStatus = ExitStatus
