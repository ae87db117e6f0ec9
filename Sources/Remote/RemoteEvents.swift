import AsyncHTTPClient
import JSON
import NIOCore

/// The events of a stream in the form of `text/event-stream`, with JSON in them.
struct RemoteEvents: AsyncSequence {
  struct Event: Sendable {
    let name: String
    let data: JSONValue
  }

  private let body: HTTPClientResponse.Body
  /// Of one event, a preview among them.
  private static let longest = 16 << 20

  init(_ body: HTTPClientResponse.Body) { self.body = body }

  func makeAsyncIterator() -> Iterator { Iterator(blocks: body.makeAsyncIterator()) }

  struct Iterator: AsyncIteratorProtocol {
    var blocks: HTTPClientResponse.Body.AsyncIterator
    private var rest: [UInt8] = []
    private var name = ""
    private var ready: [Event] = []

    init(blocks: HTTPClientResponse.Body.AsyncIterator) { self.blocks = blocks }

    mutating func next() async throws -> Event? {
      while ready.isEmpty {
        guard let block = try await blocks.next() else { return nil }
        rest += block.readableBytesView
        guard rest.count <= RemoteEvents.longest else { return nil }
        while let end = rest.firstIndex(of: 0x0A) {
          take(String(decoding: rest[..<end], as: UTF8.self))
          rest.removeSubrange(...end)
        }
      }
      return ready.removeFirst()
    }

    private mutating func take(_ line: String) {
      if line.isEmpty {
        name = ""
      } else if line.hasPrefix("event: ") {
        name = String(line.dropFirst(7))
      } else if line.hasPrefix("data: "), let data = try? JSONValue(parsing: Array(line.dropFirst(6).utf8)) {
        ready.append(Event(name: name, data: data))
      }
    }
  }
}
