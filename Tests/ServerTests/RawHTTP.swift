import Foundation
import JSON
import System

/// A client that sends exactly the bytes that it is told, and reads one answer.
struct RawHTTP {
  let port: Int

  struct Answer: Sendable {
    let status: Int
    let headers: [String: [String]]
    let body: [UInt8]

    var json: JSONValue? { try? JSONValue(parsing: body) }
    var text: String { String(decoding: body, as: UTF8.self) }
    func header(_ name: String) -> String? { headers[name]?.first }
  }

  /// Sends a request as it stands; nil where the connection was closed without an answer.
  func send(_ bytes: [UInt8], timeout: Int = 60) async -> Answer? {
    // The server lives in the same process: its tasks must not wait for threads that wait for it.
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: exchange(bytes, timeout: timeout)) }
    }
  }

  /// All that comes back until the other end closes or nothing comes for a while.
  func everything(_ bytes: [UInt8], timeout: Int) async -> String {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        let descriptor = open(timeout: timeout)
        defer { close(descriptor) }
        _ = unsafe System.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        var (all, chunk): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 1 << 16))
        while case let count = unsafe recv(descriptor, &chunk, chunk.count, 0), count > 0 { all += chunk[..<count] }
        continuation.resume(returning: String(decoding: all, as: UTF8.self))
      }
    }
  }

  private func exchange(_ bytes: [UInt8], timeout: Int) -> Answer? {
    let descriptor = open(timeout: timeout)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe System.send(
          descriptor, buffer.baseAddress! + sent, min(buffer.count - sent, 1 << 16), Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { break }
      sent += count
    }
    return read(descriptor)
  }

  func request(
    _ method: String, _ path: String, headers: [(String, String)] = [], token: String? = nil, body: [UInt8] = [],
    timeout: Int = 60
  ) async -> Answer? {
    var lines = ["\(method) \(path) HTTP/1.1", "Connection: close"]
    if !headers.contains(where: { $0.0 == "Host" }) { lines.append("Host: 127.0.0.1:\(port)") }
    if let token { lines.append("Authorization: Bearer \(token)") }
    lines += headers.map { "\($0.0): \($0.1)" }
    if !body.isEmpty { lines.append("Content-Length: \(body.count)") }
    return await send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body, timeout: timeout)
  }

  func json(
    _ method: String, _ path: String, _ value: JSONValue, token: String? = nil, headers: [(String, String)] = []
  ) async -> Answer? {
    await request(
      method, path, headers: [("Content-Type", "application/json")] + headers, token: token,
      body: Array(value.text.utf8))
  }

  /// A connection; negative where there is none.
  func open(timeout: Int = 60) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: timeout, tv_usec: 0)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = UInt16(port).bigEndian
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = unsafe withUnsafePointer(to: &name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      close(descriptor)
      return -1
    }
    return descriptor
  }

  /// Everything until the other end closes, or an answer of known length is whole.
  func read(_ descriptor: Int32) -> Answer? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { break }
      bytes += chunk[..<count]
      if let answer = RawHTTP.parse(bytes), let length = answer.header("content-length").flatMap({ Int($0) }),
        answer.body.count >= length
      {
        return answer
      }
    }
    return RawHTTP.parse(bytes)
  }

  static func parse(_ bytes: [UInt8]) -> Answer? {
    guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: [13, 10, 13, 10]) }) else { return nil }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
    guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
    var headers: [String: [String]] = [:]
    for line in lines.dropFirst() {
      let halves = line.split(separator: ":", maxSplits: 1)
      guard halves.count == 2 else { continue }
      headers[halves[0].lowercased(), default: []].append(halves[1].trimmingCharacters(in: .whitespaces))
    }
    var body = Array(bytes[(end + 4)...])
    if headers["transfer-encoding"]?.first == "chunked" { body = unchunked(body) }
    return Answer(status: status, headers: headers, body: body)
  }

  private static func unchunked(_ bytes: [UInt8]) -> [UInt8] {
    var (body, place): ([UInt8], Int) = ([], 0)
    while let end = bytes[place...].firstIndex(of: 13),
      let count = Int(String(decoding: bytes[place..<end], as: UTF8.self), radix: 16), count > 0,
      end + 2 + count <= bytes.count
    {
      body += bytes[end + 2..<end + 2 + count]
      place = end + 2 + count + 2
      guard place < bytes.count else { break }
    }
    return body
  }
}
