import Foundation
import HTTPTypes
import HummingbirdCore
import JSON
import NIOCore

/// What requests may bring at most.
enum RequestLimits {
  /// Bytes of JSON that carries no pictures.
  static let json = 1 << 20
  /// Bytes of pictures, as they are or within JSON.
  static let pictures = 32 << 20
  /// How long a body may take to arrive.
  static let bodySeconds = 60.0
  static let headerBytes = 16 << 10
  static let headerFields = 100
  static let idleSeconds: Int64 = 60
  static let connections = 1024
  /// Characters of a prompt.
  static let prompt = 10_000
  /// Pictures that one request hands over.
  static let references = 4
}

extension Request {
  /// The body, at most so many bytes.
  mutating func bytes(upTo limit: Int) async throws -> ByteBuffer {
    if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Fault.tooLarge(limit) }
    let body = body
    do {
      let buffer = try await withDeadline(seconds: RequestLimits.bodySeconds) { try await body.collect(upTo: limit) }
      self.body = RequestBody(buffer: buffer)
      return buffer
    } catch is NIOTooManyBytesError {
      throw Fault.tooLarge(limit)
    } catch let error where !(error is Fault || error is CancellationError) {
      // Chunks that are none, two lengths, or a client that has gone.
      throw Fault.request("The body cannot be read.")
    }
  }

  /// The body as JSON.
  mutating func json(upTo limit: Int = RequestLimits.json) async throws -> JSONValue {
    let buffer = try await bytes(upTo: limit)
    guard buffer.readableBytes > 0 else { return .object([:]) }
    do {
      return try JSONValue(parsing: Array(buffer.readableBytesView))
    } catch {
      throw Fault.request("The body is not JSON: \(error).")
    }
  }

  /// The values of a query, percent signs read.
  var query: [String: String] { Self.values(of: uri.query ?? "") }

  /// The values of a query, or of a form.
  static func values(of text: String) -> [String: String] {
    var values: [String: String] = [:]
    for part in text.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      func text(_ part: Substring) -> String? { part.replacing("+", with: " ").removingPercentEncoding }
      guard let name = text(pair[0]), let value = pair.count > 1 ? text(pair[1]) : "" else { continue }
      values[name] = value
    }
    return values
  }
}

extension Fault {
  static func tooLarge(_ limit: Int) -> Fault {
    Fault(.contentTooLarge, "too_large", "The request is larger than \(limit >> 20) MB.")
  }
}

/// Runs work that must end within a time.
func withDeadline<Value: Sendable>(
  seconds: Double, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value.self) { group in
    group.addTask { try await work() }
    group.addTask {
      try await Task.sleep(for: .seconds(seconds))
      throw Fault(.requestTimeout, "too_slow", "The request took longer than \(Int(seconds)) seconds to arrive.")
    }
    defer { group.cancelAll() }
    guard let value = try await group.next() else { throw CancellationError() }
    return value
  }
}
