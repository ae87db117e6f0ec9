import Engine
import Foundation
import HTTPTypes
import History
import HummingbirdCore
import Images
import JSON
import NIOCore
import Painting

/// Pictures for clients that wait for them.
struct DirectPainting: Sendable {
  let backend: Backend

  /// A picture with what is known of how it came about.
  struct Result: Sendable {
    let run: Run
    /// The PNG.
    let bytes: [UInt8]
  }

  /// Paints, and gives up where the client goes away.
  ///
  /// - Parameter channel: The client's connection.
  func callAsFunction(_ wish: JobWish, _ caller: Caller, _ channel: any Channel) async throws -> [Result] {
    let queue = backend.queue
    let job = try await queue.add(wish, caller)
    return try await results(
      Departure.watched(channel, onDeparture: { queue.stop(job.id) }) { await queue.ended(job.id) })
  }

  /// What became of a job.
  func results(_ job: Job?) async throws -> [Result] {
    guard let job else { throw Fault(.serviceUnavailable, "stopped", "The picture was given up.", retryAfter: 5) }
    switch job.state {
    case .done: break
    case .failed, .refused:
      throw job.fault
        ?? Fault(.internalServerError, "internal", "limn could not paint that; the server's log says why.")
    case .stopped: throw Fault(.serviceUnavailable, "stopped", "The picture was stopped.")
    case .waiting, .painting:
      throw Fault(.serviceUnavailable, "restart", "The server is being restarted.", retryAfter: 10)
    }
    let store = backend.store
    return try await Background.run {
      try job.pictures.map { id in
        guard let run = try store.run(id: id) else { throw Fault.notFound("picture any more") }
        return Result(run: run, bytes: try run.file())
      }
    }
  }

  /// Hands over pictures that a request carries.
  func uploaded(_ bytes: [UInt8], _ caller: Caller, isMask: Bool = false) async throws -> String {
    try caller.require(.useReference)
    let uploads = backend.uploads
    return try await Background.run { try uploads.add(bytes, of: caller.person, isMask: isMask).id }
  }

  /// A picture as JSON carries it: base64, with or without `data:image/png;base64,` before it. Nothing else: no path, no
  /// address.
  static func picture(_ text: String, field: String) throws -> [UInt8] {
    var digits = text[...]
    if digits.hasPrefix("data:") {
      guard let comma = digits.firstIndex(of: ","), digits[..<comma].hasSuffix(";base64") else {
        throw Fault.request("\(field) is not a picture in base64.", field: field)
      }
      digits = digits[digits.index(after: comma)...]
    }
    guard !digits.isEmpty, let data = Data(base64Encoded: String(digits), options: .ignoreUnknownCharacters),
      !data.isEmpty
    else { throw Fault.request("\(field) is not a picture in base64; limn fetches none by address.", field: field) }
    return Array(data)
  }
}

extension JSONValue {
  /// The text of a value that may be a number.
  var loose: String? {
    switch self {
    case .string(let text): text
    case .integer(let number): "\(number)"
    case .natural(let number): "\(number)"
    case .number(let number): number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    case .bool(let truth): "\(truth)"
    case .null, .array, .object: nil
    }
  }

  /// Whether a value says yes, also as forms do.
  var isTrue: Bool { bool ?? (string.map { ["true", "1", "yes"].contains($0.lowercased()) } ?? (integer == 1)) }

  /// The number, also where a form says it in words.
  var looseInteger: Int? { integer ?? string.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) } }
}
