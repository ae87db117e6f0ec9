import NIOCore
import Synchronization

/// Tells when a connection's other end goes away, without reading from it: what comes next may be another request.
/// (Hummingbird's `consumeWithInboundCloseHandler` ends the connection after the answer.)
final class Departure: ChannelInboundHandler, Sendable {
  typealias InboundIn = NIOAny

  private struct State {
    var hasLeft = false
    var next = 0
    var listeners: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Mutex(State())

  /// Works for somebody who may go away meanwhile, who is then told of.
  static func watched<Value: Sendable>(
    _ channel: any Channel, onDeparture: @escaping @Sendable () -> Void, _ work: () async throws -> Value
  ) async throws -> Value {
    let departure = try await channel.pipeline.handler(type: Departure.self).get()
    let key = departure.add(onDeparture)
    defer { departure.remove(key) }
    return try await work()
  }

  private func add(_ listener: @escaping @Sendable () -> Void) -> Int {
    let (key, hasLeft) = state.withLock { state in
      state.next += 1
      if !state.hasLeft { state.listeners[state.next] = listener }
      return (state.next, state.hasLeft)
    }
    if hasLeft { listener() }
    return key
  }

  private func remove(_ key: Int) { state.withLock { $0.listeners[key] = nil } }

  private func leave() {
    let listeners = state.withLock { state in
      state.hasLeft = true
      defer { state.listeners = [:] }
      return Array(state.listeners.values)
    }
    for listener in listeners { listener() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event as? ChannelEvent == .inputClosed { leave() }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    leave()
    context.fireChannelInactive()
  }
}
