import Engine
import Foundation
import Images
import JSON
import Painting
import System

/// A picture that a server painted.
package struct RemotePicture: Sendable {
  /// What `--json` prints of it, but for its path.
  let record: [String: JSONValue]
  /// The file as the server wrote it.
  package let bytes: [UInt8]
  /// Whether the server shows it blurred.
  package let isBlurred: Bool
  package var seed: UInt64 { record["seed"]?.natural ?? 0 }
  package var warnings: [String] { (record["warnings"]?.array ?? []).compactMap(\.string) }
  package var timings: StageTimings { StageTimings(record["timings"]) }

  package func record(path: String) -> JSONValue { .object(record.merging(["path": .string(path)]) { $1 }) }
}

/// What happens while a server paints.
package enum RemoteEvent: Sendable {
  /// So many pictures are painted before it, which takes so long where that is known.
  case waiting(position: Int, seconds: Double?)
  /// Of the picture of that number, counted from 0.
  case step(picture: Int, done: Int, of: Int)
  /// As it looks now.
  case preview(Picture)
  case painted(RemotePicture)
  /// The model's own safety checker withheld a picture; another seed may well do.
  case withheld(String)
}

extension RemoteServer {
  /// Whether a wish can be painted there, and what is known of it before.
  ///
  /// - Throws: ``RemoteError``
  package func check(_ wish: RemoteWish) async throws -> RemoteCheck {
    try RemoteCheck(await patient { try await self.post("/api/v1/orders", wish.json) }, wish, address.name)
  }

  /// Has a server paint. Cancelling the task ends that there too.
  ///
  /// - Parameter events: An error thrown there ends it as well.
  /// - Throws: `CancellationError`; ``RemoteError``.
  package func paint(_ wish: RemoteWish, events: @Sendable (RemoteEvent) throws -> Void) async throws {
    let job = try await patient { try await self.post("/api/v1/jobs", wish.json) }
    guard let id = job["id"]?.string else {
      throw RemoteError(unreachable: address.name, "does not say which job it has made")
    }
    do {
      try await follow(id, warnings: wish.warnings, events)
    } catch {
      await stop(job: id)
      throw error
    }
  }

  /// Asks again where the queue is full, after the time that the server names.
  private func patient<Value>(_ work: () async throws -> Value) async throws -> Value {
    while true {
      do {
        return try await work()
      } catch let error as RemoteError {
        guard let seconds = error.retryAfter else { throw error }
        try await Task.sleep(for: .seconds(min(max(seconds, 0.2), 60)))
      }
    }
  }

  private static let reconnections = 5

  private func follow(
    _ id: String, warnings: [String], _ events: @Sendable (RemoteEvent) throws -> Void
  ) async throws {
    var fetched: Set<String> = []
    var lost = 0
    while true {
      do {
        for try await event in try await self.events(ofJob: id) {
          lost = 0
          switch event.name {
          case "preview":
            if let picture = Self.picture(event.data) { try events(.preview(picture)) }
          case "job":
            if try await heard(event.data, &fetched, warnings, events) { return }
          default: break
          }
        }
        try Task.checkCancellation()
      } catch let error as RemoteError {
        guard error.code == nil else { throw error }
        if lost >= Self.reconnections { throw error }
      } catch let error where error is any StatusBearing || ExitStatus(error) != nil {
        throw error
      } catch {
        let told = try self.lost(error)
        if lost >= Self.reconnections { throw told }
      }
      // A stream that ends before its job was cut off, or its server begins anew.
      lost += 1
      if lost > Self.reconnections {
        throw RemoteError(unreachable: address.name, "closed the connection before the picture was painted")
      }
      try await Task.sleep(for: .milliseconds(300 << lost))
    }
  }

  private static func picture(_ data: JSONValue) -> Picture? {
    guard let text = data["data"]?.string, let comma = text.firstIndex(of: ","),
      let bytes = Data(base64Encoded: String(text[text.index(after: comma)...]))
    else { return nil }
    return try? Picture(bytes: Array(bytes), name: "The preview")
  }

  /// - Returns: Whether the job has ended and all of it is here.
  private func heard(
    _ job: JSONValue, _ fetched: inout Set<String>, _ warnings: [String],
    _ events: @Sendable (RemoteEvent) throws -> Void
  ) async throws -> Bool {
    let state = job["state"]?.string ?? ""
    let isOpen = ["waiting", "painting"].contains(state)
    for picture in job["pictures"]?.array ?? [] {
      guard let id = picture["id"]?.string, !fetched.contains(id) else { continue }
      do {
        var record = try await get("/api/v1/pictures/\(id)/record").object ?? [:]
        record["warnings"] = .array(warnings.map(JSONValue.string))
        let bytes = try await bytes("/api/v1/pictures/\(id)/file")
        let isBlurred = record.removeValue(forKey: "blurred") == true
        fetched.insert(id)
        try events(.painted(RemotePicture(record: record, bytes: bytes, isBlurred: isBlurred)))
      } catch let error as RemoteError where error.code == "not_found" && isOpen {
        // It is being entered into the server's history: the next event comes after that.
        continue
      }
    }
    if state == "waiting" {
      try events(
        .waiting(position: job["position"]?.integer ?? 0, seconds: job["seconds_expected"]?.double))
    } else if state == "painting", let done = job["step"]?.integer, let total = job["steps"]?.integer, total > 0 {
      try events(.step(picture: fetched.count, done: done, of: total))
    }
    guard !isOpen else { return false }
    if state == "stopped" { throw RemoteError("The job was stopped at \(address.name).", .fault, code: "stopped") }
    guard let error = job["error"], error != .null else { return true }
    let told = RemoteError(told: error, refusal: job["refusal"], by: address.name)
    guard told.code == "refused" else { throw told }
    try events(.withheld(told.description))
    return true
  }
}

extension StageTimings {
  fileprivate init(_ told: JSONValue?) {
    func seconds(_ name: String) -> Double { told?[name]?.double ?? 0 }
    self.init(
      load: seconds("load"), encode: seconds("encode"), sample: seconds("sample"), decode: seconds("decode"),
      write: seconds("write"))
  }
}
